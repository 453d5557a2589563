import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Digest } from '../../lib/core/alert.ts';
import { webhookChannel } from '../../lib/notify/webhook.ts';
import { alert, digest } from './samples.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end();

/** A receiver that gives one answer after the other, the last one for ever. */
async function receiver(...answers: readonly [Answer, ...Answer[]]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ method, url, headers, body });
    (answers[received.length - 1] ?? answers.at(-1))?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/hook/secret-token?key=secret-key` };
}

const pausesMs = [1, 1];

/** The reason that a digest was refused for, which must never tell where it was sent to, and whether asking again helps. */
async function refusal(url: string, rest: object = {}): Promise<{ reason: string; permanent: unknown }> {
  const error: unknown = await webhookChannel({ url, pausesMs, ...rest })
    .deliver(digest())
    .catch((reason: unknown) => reason);
  const { message, permanent } = error as Error & { permanent?: boolean };
  expect(message).not.toMatch(/secret|127\.0\.0\.1|http/);
  return { reason: message, permanent };
}

const passing = (reason: string) => ({ reason, permanent: false });
const permanent = (reason: string) => ({ reason, permanent: true });

describe('the webhook', () => {
  it('posts the digest as JSON, with its id as the idempotency key', async () => {
    const { url, received } = await receiver(status(204));
    const one = digest({ id: '2026-11-20T12:00:00Z-abc/büro 7/critical' });
    await webhookChannel({ url, pausesMs }).deliver(one);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/hook/secret-token?key=secret-key',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': '2026-11-20T12%3A00%3A00Z-abc%2Fb%C3%BCro%207%2Fcritical',
      },
    });
    const { done: _, channels: __, ...rest } = one;
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ title: 'WARNING: 1 finding', ...rest });
  });

  it.each([500, 503, 408, 429])('tries again after %i, with the same key and text', async (code) => {
    const { url, received } = await receiver(status(code), status(200));
    await webhookChannel({ url, pausesMs }).deliver(digest());
    expect(received).toHaveLength(2);
    expect(received[1]?.headers['idempotency-key']).toBe(received[0]?.headers['idempotency-key']);
    expect(received[1]?.body).toBe(received[0]?.body);
  });

  it('gives up after one attempt more than there are pauses', async () => {
    const { url, received } = await receiver(status(500));
    expect(await refusal(url)).toEqual(passing('it answered 500'));
    expect(received).toHaveLength(3);
  });

  it.each([400, 401, 404, 410, 413])('does not ask again at once after %i', async (code) => {
    const { url, received } = await receiver(status(code));
    expect(await refusal(url)).toEqual(permanent(`it answered ${code}`));
    expect(received).toHaveLength(1);
  });

  it('follows no redirect: the news would reach somebody nobody configured', async () => {
    const elsewhere = await receiver(status(200));
    const { url, received } = await receiver(status(307, { location: elsewhere.url }));
    expect(await refusal(url)).toEqual(permanent('it answered 307'));
    expect(received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
  });

  it('waits no longer than it may for a receiver that says nothing', async () => {
    const { url, received } = await receiver(() => {});
    expect(await refusal(url, { timeoutMs: 50, pausesMs: [1] })).toEqual(
      passing('it did not answer in time'),
    );
    expect(received).toHaveLength(2);
  });

  it('counts an answer whose body never ends', async () => {
    const { url } = await receiver((response) => response.writeHead(200).write('…'));
    await webhookChannel({ url, pausesMs, timeoutMs: 2_000 }).deliver(digest());
  });

  it('says what was wrong with a connection that is closed or refused', async () => {
    const { url } = await receiver((response) => response.destroy());
    expect(await refusal(url)).toEqual(passing('UND_ERR_SOCKET'));
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await refusal(`http://127.0.0.1:${port}/secret`)).toEqual(passing('ECONNREFUSED'));
    expect(await refusal('http://user:secret@127.0.0.1/')).toMatchObject({ reason: 'TypeError' });
  });

  it('sends hostile text as JSON and nothing else', async () => {
    const { url, received } = await receiver(status(200));
    const message = 'a\r\nX-Injected: 1\u001b[2J\u202e"\ud800';
    const owner = 'x\r\ny';
    await webhookChannel({ url, pausesMs }).deliver(
      digest({ id: 'run/x\r\ny/critical', owner, alerts: [alert({ message })] }),
    );
    expect(received[0]?.headers['x-injected']).toBeUndefined();
    const body = JSON.parse(received[0]?.body ?? '');
    expect(body).toMatchObject({ owner, title: 'WARNING: 1 finding', alerts: [{ message }] });
  });
});

describe('the signature of a webhook', () => {
  const key = 'a key that nobody knows';
  const signed = (received: Received) => {
    const [, time = '', mac = ''] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(received.headers['notafter-signature'])) ?? [];
    return {
      time: Number(time),
      ok: mac === createHmac('sha256', key).update(`${time}.${received.body}`).digest('hex'),
    };
  };

  it('covers the time and the body as they were sent, anew with each attempt', async () => {
    const { url, received } = await receiver(status(503), status(200));
    let seconds = 1_800_000_000;
    const now = () => {
      seconds += 7;
      return new Date(seconds * 1000);
    };
    await webhookChannel({ url, key, pausesMs, now }).deliver(digest());
    expect(received.map(signed)).toEqual([
      { time: 1_800_000_007, ok: true },
      { time: 1_800_000_014, ok: true },
    ]);
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('is made of the bytes that travel, whatever a certificate is called', async () => {
    const { url, received } = await receiver(status(200));
    const one = digest({ owner: 'büro', alerts: [alert({ message: '\ud83d\udd11 \u202e \ud800 "' })] });
    for (const format of ['json', 'slack'] as const)
      await webhookChannel({ url, key, pausesMs, format }).deliver(one);
    expect(received.map((each) => signed(each).ok)).toEqual([true, true]);
  });

  it('and its key are told to nobody when the receiver refuses', async () => {
    const { url } = await receiver(status(401));
    expect(JSON.stringify(await refusal(url, { key }))).not.toContain(key);
  });

  it('is not there without a key', async () => {
    const { url, received } = await receiver(status(200));
    await webhookChannel({ url, pausesMs }).deliver(digest());
    expect(received[0]?.headers['notafter-signature']).toBeUndefined();
  });
});

describe('a receiver that asks to wait', () => {
  it('is waited for a short while', async () => {
    const { url, received } = await receiver(status(429, { 'retry-after': '1' }), status(200));
    const begin = performance.now();
    await webhookChannel({ url, pausesMs }).deliver(digest());
    expect(received).toHaveLength(2);
    expect(performance.now() - begin).toBeGreaterThan(900);
  });

  const now = () => new Date('2026-11-20T12:00:00Z');

  it.each(['600', '31', '99999999999999999999', 'Fri, 20 Nov 2026 12:01:00 GMT'])(
    'for longer (%s) gets the message in the next run',
    async (header) => {
      const { url, received } = await receiver(status(503, { 'retry-after': header }));
      expect(await refusal(url, { now })).toEqual(passing('it answered 503'));
      expect(received).toHaveLength(1);
    },
  );

  it('until a date is waited for as well', async () => {
    const header = { 'retry-after': 'Fri, 20 Nov 2026 12:00:01 GMT' };
    const { url, received } = await receiver(status(503, header), status(200));
    const begin = performance.now();
    await webhookChannel({ url, pausesMs, now }).deliver(digest());
    expect(received).toHaveLength(2);
    expect(performance.now() - begin).toBeGreaterThan(900);
  });

  it.each(['soon', '-5', '1.5', 'Fri, 20 Nov 2026 11:00:00 GMT', 'Fri, 99 Nov 2026 11:00:00 GMT', ''])(
    'and says nothing that can be done (%s) is asked again as always',
    async (header) => {
      const { url, received } = await receiver(status(503, { 'retry-after': header }), status(200));
      await webhookChannel({ url, pausesMs, now }).deliver(digest());
      expect(received).toHaveLength(2);
    },
  );
});

describe('the form that Slack takes', () => {
  const posted = async (each: Digest) => {
    const { url, received } = await receiver(status(200));
    await webhookChannel({ url, pausesMs, format: 'slack' }).deliver(each);
    return JSON.parse(received[0]?.body ?? '') as {
      text: string;
      blocks: { type: string; text: { type: string; text: string; verbatim: boolean } }[];
      unfurl_links: boolean;
    };
  };

  it('says what is wrong where, who is cut off, and what to do', async () => {
    const { text, blocks } = await posted(
      digest({
        alerts: [
          alert({ issuer: 'CN=CA', affects: ['a.test', 'b.test'], lastSeenAt: '2026-11-20T09:30:00Z' }),
        ],
      }),
    );
    expect(text).toBe('NotAfter: WARNING: 1 finding');
    expect(blocks.map((block) => block.text.text)).toEqual([
      ':warning: *NotAfter: WARNING: 1 finding* (owner payments)',
      [
        '*api.test:443* warning',
        'api.test expires in 10 d, on 2026-12-02 14:00 UTC',
        'cuts off: a.test, b.test',
        'issued by CN=CA',
        'last seen 2026-11-20 09:30 UTC',
        '→ Renew it.',
        '_why: notafter alerts explain 962106da98_',
      ].join('\n'),
    ]);
  });

  it('calls nobody, and marks nothing up, whatever a certificate is called', async () => {
    const evil = '<!channel> <@U1> <https://evil.test|click> @here @channel *bold* `code` & \u202e';
    const { blocks, unfurl_links } = await posted(
      digest({
        owner: evil,
        alerts: [
          alert({
            message: evil,
            target: `endpoint:${evil}:443`,
            advice: evil,
            issuer: evil,
            affects: [evil],
          }),
        ],
      }),
    );
    const texts = blocks.map((block) => block.text.text).join('\n');
    expect(texts).not.toMatch(/<|>|\u202e|`|\*bold|@here|@channel|@U1/);
    expect(texts).toContain('&lt;!channel&gt;');
    // Else Slack makes mentions and links of what is no markup.
    expect(blocks.every((block) => block.text.verbatim)).toBe(true);
    expect(unfurl_links).toBe(false);
  });

  it('leaves accounts and regions as they are', async () => {
    const target = 'truststore:s3://bucket/ca.pem@111122223333/eu-west-1';
    const { blocks } = await posted(digest({ alerts: [alert({ target })] }));
    expect(blocks[1]?.text.text).toContain('s3://bucket/ca.pem@111122223333/eu-west-1');
  });

  it('keeps to the limits of Slack, however much there is', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      alert({
        id: `${index}`,
        fingerprint: `${index}`,
        message: `${index}`,
        affects: Array.from({ length: 20 }, () => 'x'.repeat(253)),
      }),
    );
    const { blocks } = await posted(digest({ alerts: many, omitted: 7 }));
    expectFitting(blocks);
    expect(blocks.at(-1)?.text.text).toBe(`and ${107 - (blocks.length - 2)} more: \`notafter alerts\``);
    const short = many.map((each) => ({ ...each, advice: '', affects: [] }));
    const { blocks: most } = await posted(digest({ alerts: short }));
    expectFitting(most);
    expect(most.at(-1)?.text.text).toBe('and 55 more: `notafter alerts`');
  });

  it.each(['&', '\u202e', '<', '\u{1f511}', '\ud800', '_'])(
    'keeps to them where %j fills every field, and still says how to ask why',
    async (character) => {
      const text = character.repeat(5_000);
      const one = alert({
        message: text,
        target: `endpoint:${text}:443`,
        advice: text,
        issuer: text,
        affects: Array.from({ length: 20 }, (_, index) => `${index}${text}`),
        lastSeenAt: '2026-11-20T09:30:00Z',
      });
      const alerts = Array.from({ length: 7 }, (_, index) => ({ ...one, target: `${one.target}${index}` }));
      const { blocks } = await posted(digest({ owner: text, alerts }));
      expectFitting(blocks);
      expect(blocks[1]?.text.text).toMatch(/\n_why: notafter alerts explain \w{10}_$/);
      for (const block of blocks) {
        // No entity is cut in half.
        expect(block.text.text.replace(/&(?:amp|lt|gt);/g, '')).not.toContain('&');
        expect(block.text.text.isWellFormed()).toBe(true);
      }
    },
  );

  function expectFitting(blocks: readonly { readonly text: { readonly text: string } }[]): void {
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const block of blocks) expect(block.text.text.length).toBeLessThanOrEqual(3_000);
    // What Slack bears in all is written down nowhere (slackapi/bolt-js#2867).
    expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(11_000);
  }
});
