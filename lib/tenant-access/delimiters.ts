// The characters that end a tenant id. No tenant id of any grammar holds one: the grammars are made of
// A-Z a-z 0-9 _ . + = -, and a list of characters of one's own is chosen out of these (core's contract, section 1.1).

/** Whether the character ends a tenant id, so that a `*` may stand behind it. */
export function endsTenantId(character: string): boolean {
  return /^[#/|:;,!@~]$/.test(character);
}
