// A scripted STS that keeps books: every session token it gives is its own, and the ledger knows for whom it was. What a test
// finds in an answer it can trace to the tag, policy and names of the very call that made it.
import { answerXml, assumeRoleXml, type Script } from './fixtures.ts';

/** One AssumeRole that was answered with credentials. */
export interface LedgerEntry {
  readonly tenant: string;
  readonly sessionName: string;
  readonly policy: string;
  readonly durationSeconds: number;
}

export interface Ledger {
  /** The script of an STS peer. */
  readonly script: Script;
  /** By session token, in the order of the calls. */
  readonly entries: ReadonlyMap<string, LedgerEntry>;
}

/** Opens a ledger. `now` gives milliseconds since 1970; `delay` holds each answer back by that many milliseconds. */
export function openLedger(now: () => number, delay: () => number = () => 0): Ledger {
  const entries = new Map<string, LedgerEntry>();
  const script: Script = async (_, response, body) => {
    const form = new URLSearchParams(body);
    const token = `ledger-${entries.size + 1}`;
    const durationSeconds = Number(form.get('DurationSeconds'));
    entries.set(token, {
      tenant: form.get('Tags.member.1.Value') ?? '',
      sessionName: form.get('RoleSessionName') ?? '',
      policy: form.get('Policy') ?? '',
      durationSeconds,
    });
    const milliseconds = delay();
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const expiration = new Date(now() + durationSeconds * 1_000).toISOString();
    answerXml(response, assumeRoleXml(body, { expiration }).replace('vectorToken', token));
  };
  return { script, entries };
}
