// Which URLs an issuer and its keys may have. Pure; nothing is fetched here.
// @see https://openid.net/specs/openid-connect-discovery-1_0.html#IssuerDiscovery

/** Whether the host is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Whether the http or https URL points to this machine. */
export function isLoopbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && isLoopbackHost(hostname);
}

function isSafeUrl(text: string): boolean {
  // Two slashes and no user, as written: what a URL parser repairs is not what a token says.
  if (!URL.canParse(text) || !/^https?:\/\/[^/?#@\s\\]+(?:[/?#][^\s\\]*)?$/.test(text)) return false;
  const url = new URL(text);
  if (text.includes('#')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}

/** An issuer identifier: https (http only for loopback), no user, query or fragment. */
export function isIssuerUrl(text: string): boolean {
  return isSafeUrl(text) && !text.includes('?');
}

/** A key set address that an operator wrote: https (http only for loopback), no user or fragment. */
export function isJwksUrl(text: string): boolean {
  return isSafeUrl(text);
}

/** A key set address out of a discovery document: as above, and never an address of a private or link-local network, which
 * would turn a hostile document into a way to reach inside (cloud metadata at 169.254.169.254).
 * `issuer` is the configured issuer: plain http is fine only where that is loopback itself. */
export function isDiscoveredJwksUrl(text: string, issuer: string): boolean {
  if (!isSafeUrl(text)) return false;
  const { hostname } = new URL(text);
  if (isLoopbackHost(hostname)) return isLoopbackUrl(issuer);
  // Other spellings of this machine: the root dot, and names that RFC 6761 resolves to loopback.
  if (/(?:^|\.)localhost\.?$/.test(hostname)) return false;
  return !isPrivateAddress(hostname);
}

function isPrivateAddress(hostname: string): boolean {
  if (hostname.startsWith('[')) return true; // No public issuer names its keys by a bare IPv6 address.
  const bytes = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname);
  if (bytes === null) return false;
  const [first, second] = [Number(bytes[1]), Number(bytes[2])];
  return (
    first === 0 ||
    first === 10 ||
    first === 127 ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128) ||
    first >= 224
  );
}
