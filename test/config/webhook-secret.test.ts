import { describe, expect, it } from 'vitest';
import { parseWebhookSecret } from '../../lib/config/webhook-secret.ts';

const KEY = 'hunter2-hunter2!';

describe('the value of the secret of a webhook', () => {
  it('is an address, or an address and a key', () => {
    const url = 'https://hooks.example.com/T0/B0';
    expect(parseWebhookSecret(`${url}\n`)).toEqual({ url });
    expect(parseWebhookSecret(JSON.stringify({ url }))).toEqual({ url });
    expect(parseWebhookSecret(JSON.stringify({ url, key: KEY, note: 'of the chat team' }))).toEqual({
      url,
      key: KEY,
    });
  });

  it.each<[value: string | undefined, sentence: string]>([
    [undefined, 'it holds no text'],
    [' ', 'it holds no text'],
    ['hunter2', 'it holds not a web address; '],
    ['"https://hooks.example.com/hunter2"', 'it holds not a web address; '],
    ['http://hooks.example.com/hunter2', 'it holds not an https:// address; '],
    ['https://user:hunter2@hooks.example.com', 'it holds user and password in the address'],
    [`https://hooks.example.com/\${hunter2}`, 'its address holds a variable'],
    ['{"url": "https://hooks.example.com/hunter2"', 'its value begins like JSON and is none'],
    ['{"key": "hunter2-hunter2!"}', 'it holds no address; '],
    ['{"url": ["hunter2"]}', 'it holds no address; '],
    [
      '{"url": "https://hooks.example.com/", "key": "hunter2"}',
      'its key is no text of at least 16 characters',
    ],
    ['{"url": "https://hooks.example.com/", "key": 12345678901234567890}', 'its key is no text'],
  ])('is refused without being repeated: %j', (value, sentence) => {
    let message = '';
    try {
      parseWebhookSecret(value);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toContain(sentence);
    expect(message).not.toMatch(/hunter2|1234/);
  });
});
