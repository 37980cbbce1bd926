// The account as it is now: what the template declared, with roles that a test may have replaced. Read by every
// decision, so a role that was widened or narrowed counts at once, also for sessions issued before.
import type { LocalAccount, LocalRole } from '../account.ts';
import type { SessionBook } from './sessions.ts';

/** Roles by ARN, and the rest of the account. */
export interface AccountState {
  readonly account: LocalAccount;
  readonly role: (arn: string) => LocalRole | undefined;
  readonly replaceRole: (role: LocalRole) => void;
}

/** What every service of local AWS stands in: the account, the sessions it issued, the clock. */
export interface Surroundings {
  readonly state: AccountState;
  readonly sessions: SessionBook;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Takes the account over. Throws TypeError where two roles have one ARN. */
export function createAccountState(account: LocalAccount): AccountState {
  const roles = new Map<string, LocalRole>();
  for (const role of account.roles) {
    if (roles.has(role.arn)) throw new TypeError(`The account has the role ${role.arn} twice.`);
    roles.set(role.arn, role);
  }
  return {
    account,
    role: (arn) => roles.get(arn),
    replaceRole: (role) => {
      if (!roles.has(role.arn)) throw new TypeError(`The account has no role ${role.arn}.`);
      roles.set(role.arn, role);
    },
  };
}
