import { describe, expect, it } from 'vitest';
import { type Column, fitColumns, fitPath, type RowText } from '../../../lib/cli/render/inventory-columns.ts';

const row = (target: string, certificate = 'api.example.com', rest: Partial<RowText> = {}): RowText => ({
  status: 'critical',
  ends: '40 d 4 h ago',
  notAfter: '2026-10-11',
  target,
  certificate,
  owner: 'platform',
  findings: 'could-not-observe',
  ...rest,
});
const isPath = ({ target }: RowText) => target.startsWith('/');
const fitted = (rows: readonly RowText[], width: number) => fitColumns(rows, isPath, width);
const widthOf = (rows: readonly RowText[], width: number) => {
  const { columns, target, certificate } = fitted(rows, width);
  const cut: Partial<Record<Column, number>> = { target, certificate };
  return columns.reduce(
    (sum, column) => {
      const widest = Math.max(...rows.map((each) => each[column].length));
      return sum + Math.min(widest, cut[column] ?? widest);
    },
    2 * (columns.length - 1),
  );
};

const HOSTS = [row('partners.example.com:8445'), row('api.example.com:443')];
const PATHS = [...HOSTS, row('/etc/mtls/somewhere/deep/partner-truststore.pem', 'Partner CA 2016')];

describe('columns of the inventory', () => {
  it('are all there and uncut in a pipe', () => {
    const { columns, target, certificate } = fitted(PATHS, Number.POSITIVE_INFINITY);
    expect(columns).toHaveLength(7);
    expect(target).toBe(Number.POSITIVE_INFINITY);
    expect(certificate).toBe('Partner CA 2016'.length);
  });

  it('give way in order: the owner, the date, the certificate', () => {
    const gone = (width: number) =>
      ['owner', 'notAfter', 'certificate'].filter(
        (column) => !fitted(HOSTS, width).columns.includes(column as Column),
      );
    expect(gone(120)).toEqual([]);
    expect(gone(100)).toEqual(['owner']);
    expect(gone(86)).toEqual(['owner', 'notAfter']);
    expect(gone(70)).toEqual(['owner', 'notAfter', 'certificate']);
  });

  it.each([70, 80, 90, 100, 120, 160])('fit into %i columns', (width) => {
    expect(widthOf(PATHS, width)).toBeLessThanOrEqual(width);
  });

  it('cut a path, and the certificate, before a host', () => {
    expect(fitted(PATHS, 100).target).toBeGreaterThanOrEqual('partners.example.com:8445'.length);
  });

  it('do not give everything to one endless name', () => {
    const { columns, target } = fitted([row(`${'a'.repeat(200)}.example.com:443`)], 120);
    expect(columns).toContain('certificate');
    expect(target).toBeLessThan(80);
  });
});

describe('a path in the inventory', () => {
  it('keeps its end', () => {
    expect(fitPath('/etc/mtls/truststore.pem', 12)).toBe('…ststore.pem');
    expect(fitPath('/etc/mtls', 12)).toBe('/etc/mtls');
  });

  it('is measured in columns', () => {
    expect(fitPath('/証明書/証明書.pem', 9)).toBe('…明書.pem');
  });
});
