// tvm doctor: what is wrong between here and the machine, in the order in which it would go wrong. Changes nothing and tells no
// secret; its vends are thrown away.
import type { Check } from '../checks/check.ts';
import { fail, ok, warn } from '../checks/check.ts';
import { checkClock, checkTls, checkVend, readDiscovery } from '../checks/machine.ts';
import { checkCacheFolder, checkEnvironment, checkTokenFile } from '../checks/surroundings.ts';
import { checkIdentity, checkIssuer, checkToken, readIssuers } from '../checks/token.ts';
import { findTokenOrigin } from '../token-sources/origin.ts';
import { CommandError, exitCodes, print, type Command, type Values } from './command.ts';
import { describeFailure } from './failure.ts';
import { targetOptions, targetPermissionSet, targetUrl, targetUsage, tokenReader } from './target.ts';

export const doctor: Command = {
  summary: 'what is wrong between here and the machine',
  usage: `${targetUsage}\n  --json                 as JSON\n\n  Exits with 3 where a check failed.`,
  options: targetOptions,
  run: async (values) => {
    const checks = [...(await checkMachine(values)), ...checkTokenFile(process.env), checkCacheFolder(process.env)];
    const failed = checks.filter(({ status }) => status === 'fail');
    if (values['json'] === true) print(JSON.stringify({ ok: failed.length === 0, checks }));
    else for (const check of checks) for (const line of renderCheck(check)) print(line);
    if (failed[0] === undefined) return exitCodes.ok;
    const count = failed.length === 1 ? 'a check failed' : `${failed.length} checks failed`;
    throw new CommandError(exitCodes.configuration, `${count}: ${failed[0].name}`, failed[0].hint ?? 'mend it first');
  },
};

async function checkMachine(values: Values): Promise<readonly Check[]> {
  let url: string;
  try {
    url = targetUrl(values);
  } catch (cause) {
    const { message, hint } = describeFailure(cause);
    return [fail('url', message, hint)];
  }
  const surroundings = checkEnvironment(process.env, url);
  const [discovery, tls] = await Promise.all([readDiscovery(url), checkTls(url)]);
  const first = [ok('url', url), tls];
  // Nothing further can be asked of what does not answer.
  if ('status' in discovery) return [...first, discovery as Check, ...surroundings];
  const issuers = readIssuers(discovery);
  const [clock, ...reached] = await Promise.all([checkClock(url), ...issuers.map(checkIssuer)]);
  const found = ok('discovery', `${issuers.length} ${issuers.length === 1 ? 'issuer' : 'issuers'}`);
  return [...first, found, clock, ...reached, ...(await checkHolder(values, url, issuers)), ...surroundings];
}

async function checkHolder(
  values: Values,
  url: string,
  issuers: ReturnType<typeof readIssuers>,
): Promise<readonly Check[]> {
  if (findTokenOrigin(values) === undefined)
    return [
      warn('token', 'there is none, so no vend was tried', '--token-file FILE, or with local mode --tenant acme'),
    ];
  let token: string;
  try {
    token = await tokenReader(values, url)();
  } catch (cause) {
    const { message, hint } = describeFailure(cause);
    return [fail('token', message, hint)];
  }
  const identity = await checkIdentity(url, token);
  const said = [...checkToken(token, issuers, Date.now()), identity];
  // A vend with a token that is refused would only say the same again.
  if (identity.status !== 'ok') return said;
  return [...said, ...(await checkVend({ url, token, ...targetPermissionSet(values) }))];
}

function renderCheck({ name, status, detail, hint }: Check): readonly string[] {
  const head = `${status.padEnd(5)} ${name}: ${detail}`;
  return hint === undefined ? [head] : [head, `      try: ${hint}`];
}
