// Quotes the words of a credential_process. Python splits the line by itself, the other SDKs give it to a shell, and INI readers
// cut at comments: what is written must mean the same to all of them.
import { CommandError, exitCodes } from '../commands/command.ts';

/** The command line of these words. Throws a usage error for a word that cannot be written safely. */
export function quoteCommand(words: readonly string[], platform: string = process.platform): string {
  return words.map((word) => quoteWord(word, platform)).join(' ');
}

function quoteWord(word: string, platform: string): string {
  const isWindows = platform === 'win32';
  if (isWindows ? /^[\w.:=@,+\\/-]+$/.test(word) : /^[\w.:=@,+/%-]+$/.test(word)) return word;
  // Single quotes are literal to every POSIX reader, so that $ and ` do nothing; cmd.exe knows double quotes only. Line ends and
  // ` #` or ` ;` would end the value in an INI file.
  const impossible = isWindows ? /["%\r\n]|\s[#;]/ : /['\r\n]|\s[#;]/;
  if (impossible.test(word))
    throw new CommandError(
      exitCodes.usage,
      `an AWS config file cannot hold ${JSON.stringify(word)} in a command`,
      'put it into a script and name that',
    );
  return isWindows ? `"${word}"` : `'${word}'`;
}
