import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../lib/config/load.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = await readdir(join(root, 'docs'), { recursive: true });
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
];

const read = (page: string) => readFile(resolve(root, page), 'utf8');

/** The anchors that GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  return [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('the links of %s', (page) => {
  it('lead somewhere', async () => {
    for (const [, path = '', anchor] of (await read(page)).matchAll(/\]\(([^)#:\s]*)(?:#([\w-]+))?\)/g)) {
      const target = path === '' ? page : join(dirname(page), path);
      expect(existsSync(resolve(root, target)), `${target} exists`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(await read(target)), target).toContain(anchor);
    }
  });
});

describe('docs/getting-started.md', () => {
  it('has configurations that load', async () => {
    const examples = [...(await read('docs/getting-started.md')).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)];
    expect(examples).not.toHaveLength(0);
    for (const [, yaml = ''] of examples) {
      expect(() => parseConfig(yaml, 'notafter.config.yaml', { HOOK_TOKEN: 'x' })).not.toThrow();
    }
  });
});
