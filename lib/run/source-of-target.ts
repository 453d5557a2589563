/** The source that looks at a target, as in `SourceHealth`; undefined for one that is looked at by itself. */
export function sourceOfTarget(id: string): string | undefined {
  const [, kind, account, region] =
    /^(acm|domain|client-certificate):(\d{12})\/([a-z0-9-]+)\//.exec(id) ??
    /^(truststore):.*@(\d{12})\/([a-z0-9-]+)$/s.exec(id) ??
    [];
  if (kind === undefined) return undefined;
  return `${kind === 'acm' ? 'acm' : 'apigateway'}/${account}/${region}`;
}
