// tvm credentials: vends once and prints the credentials. One of the two commands whose job is to print secrets.
import { requestCredentials } from '../../client/vend.ts';
import { CommandError, exitCodes, print, text, wholeNumber, type Command, type Values } from './command.ts';
import { formats, renderCredentials, type Format } from './formats.ts';
import { readTarget, targetOptions, targetUsage } from './target.ts';

export const credentials: Command = {
  summary: 'vend credentials and print them',
  usage: `${targetUsage}
  --format F             ${formats.join(' | ')} (default json)
  --duration SECONDS     900 to 3600`,
  options: { ...targetOptions, format: { type: 'string' }, duration: { type: 'string' } },
  run: async (values) => {
    const format = readFormat(values);
    const durationSeconds = wholeNumber(values, 'duration');
    const target = await readTarget(values);
    const document = await requestCredentials({
      ...target,
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
    });
    print(renderCredentials(document, format));
    return exitCodes.ok;
  },
};

function readFormat(values: Values): Format {
  const wanted = text(values, 'format') ?? 'json';
  const format = formats.find((one) => one === wanted);
  if (format === undefined)
    throw new CommandError(
      exitCodes.usage,
      `there is no format ${JSON.stringify(wanted)}`,
      `--format ${formats.join('|')}`,
    );
  return format;
}
