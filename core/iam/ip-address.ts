// IP addresses and CIDR ranges for the IpAddress operators. Pure; node:net stays out of core.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress

/** An address as bits, or undefined where the text is none. */
function parseAddress(text: string): { readonly bits: bigint; readonly width: 32 | 128 } | undefined {
  if (text.includes(':')) {
    const bits = parseIpv6(text);
    return bits === undefined ? undefined : { bits, width: 128 };
  }
  const bits = parseIpv4(text);
  return bits === undefined ? undefined : { bits, width: 32 };
}

function parseIpv4(text: string): bigint | undefined {
  const bytes = text.split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte) && Number(byte) <= 255))
    return undefined;
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = groups.reduce((count, half) => count + half.length, 0);
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const zeros = Array.from({ length: 8 - given }, () => '0');
  const all = [...groups[0]!, ...zeros, ...(groups[1] ?? [])];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** Whether the address lies in the range (`203.0.113.0/24`, or one address). Undefined where either is malformed. */
export function isInRange(address: string, range: string): boolean | undefined {
  const [base, prefixText, ...rest] = range.split('/');
  const network = parseAddress(base!);
  const host = parseAddress(address);
  if (network === undefined || host === undefined || rest.length > 0) return undefined;
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefix = prefixText === undefined ? network.width : Number(prefixText);
  if (prefix > network.width) return undefined;
  if (network.width !== host.width) return false;
  const shift = BigInt(network.width - prefix);
  return network.bits >> shift === host.bits >> shift;
}
