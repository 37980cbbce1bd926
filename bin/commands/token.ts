// tvm token: a token of the local issuer, for trying things. It has nothing to do with tokens of a real issuer.
import { CommandError, exitCodes, print, text, type Command, type Values } from './command.ts';
import { localToken, targetUrl } from './target.ts';

export const token: Command = {
  summary: 'get a token of the local issuer',
  usage: `  --tenant T           the tenant
  --subject S          the subject (default alice)
  --claim NAME=VALUE   a further claim, may be repeated; VALUE is JSON where it parses, else text
  --expires-in TIME    such as 5m, 1h, 90s; negative makes an expired token
  --issuer NAME        the trusted issuer, where there are several
  --url URL            the local machine (TVM_URL; default http://127.0.0.1:4747)`,
  options: {
    tenant: { type: 'string' },
    subject: { type: 'string' },
    claim: { type: 'string', multiple: true },
    'expires-in': { type: 'string' },
    issuer: { type: 'string' },
    url: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async (values) => {
    const tenant = text(values, 'tenant');
    const request = {
      ...(tenant === undefined ? {} : { tenant }),
      ...pick(values, 'subject'),
      ...pick(values, 'issuer'),
      ...lifetime(values),
      ...claims(values),
    };
    const minted = await localToken(targetUrl(values), request);
    // No new line in a pipe: a token file with one is refused by most SDKs.
    if (values['json'] === true) print(JSON.stringify({ token: minted }));
    else process.stdout.write(process.stdout.isTTY ? `${minted}\n` : minted);
    return exitCodes.ok;
  },
};

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
