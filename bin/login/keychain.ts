// The system's keychain through @napi-rs/keyring, where the person has installed that; it is never loaded by anything but a login
// or a refresh. Holds refresh tokens and nothing else.
import { exitCodes, CommandError } from '../commands/command.ts';

/** A place for one secret per account. */
export interface Keychain {
  /** Undefined where there is none under that account. Rejects where the keychain cannot be read. */
  readonly read: (account: string) => Promise<string | undefined>;
  /** Rejects where it cannot be kept: a locked keychain, or a secret too long for it. */
  readonly write: (account: string, secret: string) => Promise<void>;
  readonly remove: (account: string) => Promise<void>;
}

const program = 'token-vending-machine';
/** Milliseconds. A keychain may ask the person to unlock it; an SDK waits a minute at most. */
const patience = 20_000;

/** The keychain, or undefined where the package is not installed. */
export async function openKeychain(): Promise<Keychain | undefined> {
  const keyring = await import('@napi-rs/keyring').catch(() => undefined);
  if (keyring === undefined) return undefined;
  // On Linux the kernel's keyring would take over where there is no Secret Service, and forget the login when the person logs out.
  const open = (account: string): InstanceType<typeof keyring.AsyncEntry> =>
    new keyring.AsyncEntry(program, account, { linux: { store: 'secret-service' } });
  return {
    read: async (account) => (await open(account).getPassword(AbortSignal.timeout(patience))) ?? undefined,
    // Opening throws where there is no keychain in this session.
    write: async (account, secret) => open(account).setPassword(secret, AbortSignal.timeout(patience)),
    remove: async (account) => {
      await open(account).deleteCredential(AbortSignal.timeout(patience));
    },
  };
}

/** The keychain of a login that was put there. Rejects with a configuration error where it is gone. */
export async function needKeychain(open: () => Promise<Keychain | undefined>): Promise<Keychain> {
  const keychain = await open();
  if (keychain !== undefined) return keychain;
  throw new CommandError(
    exitCodes.configuration,
    'the login is in the keychain, and @napi-rs/keyring is not installed here',
    'npm install @napi-rs/keyring, or log in again with --no-keychain',
  );
}
