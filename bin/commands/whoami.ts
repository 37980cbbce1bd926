// tvm whoami: who the token says you are, as the machine sees it. Makes no STS call.
import { requestDocument } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { CommandError, exitCodes, print, type Command } from './command.ts';
import { readTarget, targetOptions, targetUsage } from './target.ts';

export const whoami: Command = {
  summary: 'who the token says you are',
  usage: `${targetUsage}\n  --json                 as JSON`,
  options: targetOptions,
  run: async (values) => {
    const target = await readTarget(values);
    const identity = await requestDocument(target, '/v1/identity');
    if (!isRecord(identity))
      throw new CommandError(exitCodes.configuration, `${target.url} is no token vending machine`, 'check --url');
    if (values['json'] === true) {
      print(JSON.stringify(identity));
      return exitCodes.ok;
    }
    const line = (name: string, value: unknown): void => {
      print(`${name.padEnd(16)}${Array.isArray(value) ? value.join(', ') : String(value)}`);
    };
    line('tenant', identity['Tenant']);
    line('subject', identity['Subject']);
    line('issuer', identity['Issuer']);
    line('permission sets', identity['PermissionSets']);
    line('token ends', `${String(identity['TokenExpiration'])} (in ${secondsLeft(identity)} s)`);
    return exitCodes.ok;
  },
};

/** By the machine's clock, not ours: the token ends when the machine says so. */
function secondsLeft({ TokenExpiration: end, ServerTime: now }: Readonly<Record<string, unknown>>): number {
  return Math.round((Date.parse(String(end)) - Date.parse(String(now))) / 1000);
}
