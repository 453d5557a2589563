/** Writes templates/member-account.yaml. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memberAccountTemplate } from '../lib/infra/member-account-template.ts';

const folder = join(import.meta.dirname, '..', 'templates');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'member-account.yaml'), memberAccountTemplate());
