import { type Defaults, withDefaults } from '../config/settings.ts';
import type { TargetRecord } from '../core/inventory.ts';

/**
 * What a command added, with what the configuration says for every target. What the configuration or a listing names has
 * been completed when it was written.
 */
export function completed(record: TargetRecord, defaults: Defaults | undefined): TargetRecord {
  if (record.origin !== 'command' || defaults === undefined) return record;
  return { ...record, target: withDefaults(record.target, defaults) };
}
