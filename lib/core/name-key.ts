/**
 * What names (RFC 4514 strings) are looked up by: RFC 5280 §7.1 compares them without regard to case and repeated spaces.
 * May unite names that differ: comparing their encodings then tells them apart.
 */
export function nameKey(name: string): string {
  return name.toLowerCase().replace(/\\ /g, ' ').replace(/\s+/g, ' ');
}
