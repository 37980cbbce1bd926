// tvm token: a token of the local issuer, whole or broken on purpose, for trying things; and a look into any token.
import { breaks, brokenToken } from './broken-tokens.ts';
import { CommandError, exitCodes, print, readStandardInput, say, text, type Command, type Values } from './command.ts';
import { decodeToken, describeTimes, renderDecoded } from './decode.ts';
import { localToken, targetUrl } from './target.ts';

export const token: Command = {
  summary: 'get a token of the local issuer, or look into one',
  usage: `  --tenant T           the tenant
  --subject S          the subject (default alice)
  --claim NAME=VALUE   a further claim, may be repeated; VALUE is JSON where it parses, else text
  --expires-in TIME    such as 5m, 1h, 90s; negative makes an expired token
  --issuer NAME        the trusted issuer, where there are several
  --url URL            the local machine (TVM_URL; default http://127.0.0.1:4747)
  --break KIND         a token that must be refused:
${Object.entries(breaks)
  .map(([kind, { summary }]) => `      ${kind.padEnd(16)} ${summary}`)
  .join('\n')}

  --decode -           read a token from standard input and print what it says, verifying nothing; --decode JWT takes it from the
                       line, where other users of this machine can read it`,
  options: {
    tenant: { type: 'string' },
    subject: { type: 'string' },
    claim: { type: 'string', multiple: true },
    'expires-in': { type: 'string' },
    issuer: { type: 'string' },
    url: { type: 'string' },
    break: { type: 'string' },
    decode: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async (values) => {
    const given = text(values, 'decode');
    if (given !== undefined) return decode(given, values['json'] === true);
    const kind = readKind(values);
    const tenant = text(values, 'tenant');
    const request = {
      ...(tenant === undefined ? {} : { tenant }),
      ...pick(values, 'subject'),
      ...pick(values, 'issuer'),
      ...lifetime(values),
      ...claims(values),
    };
    const url = targetUrl(values);
    const minted = await (kind === undefined ? localToken(url, request) : brokenToken(kind, url, request));
    // No new line in a pipe: a token file with one is refused by most SDKs.
    if (values['json'] === true) print(JSON.stringify({ token: minted }));
    else process.stdout.write(process.stdout.isTTY ? `${minted}\n` : minted);
    return exitCodes.ok;
  },
};

async function decode(given: string, asJson: boolean): Promise<number> {
  const decoded = decodeToken(given === '-' ? await readStandardInput() : given);
  say('NOT VERIFIED: anybody can write a token that says this. Only a machine tells whether it is true (tvm whoami).');
  say(describeTimes(decoded, Date.now()));
  print(renderDecoded(decoded, asJson ? undefined : 2));
  return exitCodes.ok;
}

function readKind(values: Values): string | undefined {
  const kind = text(values, 'break');
  if (kind !== undefined && !Object.hasOwn(breaks, kind))
    throw new CommandError(exitCodes.usage, 'there is no such way to break a token', Object.keys(breaks).join(' | '));
  return kind;
}

function pick(values: Values, name: string): Readonly<Record<string, string>> {
  const value = text(values, name);
  return value === undefined ? {} : { [name]: value };
}

function lifetime(values: Values): { readonly expiresIn?: number } {
  const value = text(values, 'expires-in');
  if (value === undefined) return {};
  const [, digits, unit = 's'] = /^(-?\d{1,6})([smh])?$/.exec(value) ?? [];
  if (digits === undefined) throw new CommandError(exitCodes.usage, '--expires-in is no time', '--expires-in 5m');
  return { expiresIn: Number(digits) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'] };
}

function claims(values: Values): { readonly claims?: Readonly<Record<string, unknown>> } {
  const given = values['claim'];
  if (!Array.isArray(given)) return {};
  const entries = (given as readonly string[]).map((claim): [string, unknown] => {
    const at = claim.indexOf('=');
    if (at < 1) throw new CommandError(exitCodes.usage, '--claim is not NAME=VALUE', '--claim plan=gold');
    return [claim.slice(0, at), readValue(claim.slice(at + 1))];
  });
  return { claims: Object.fromEntries(entries) };
}

function readValue(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
