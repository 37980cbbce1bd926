// The books of a load run: what STS made, what clients got and what the function wrote, held against each other. Keeps no line of
// the log, only what it found in it.
import type { Answered, LedgerEntry } from './messages.ts';

/** What a run has shown. `findings` is empty where all is well. */
export interface Account {
  readonly requests: number;
  readonly vends: number;
  readonly refusals: number;
  readonly sessions: number;
  readonly auditLines: number;
  readonly log: { readonly lines: number; readonly bytes: number };
  readonly findings: readonly string[];
  /** How often each request got each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Books, as they are written. */
export interface Books {
  readonly addLedger: (entries: readonly LedgerEntry[]) => void;
  readonly addAnswers: (answers: readonly Answered[]) => void;
  /** Parts of tokens that the log is searched for. */
  readonly addTokenParts: (parts: readonly string[]) => void;
  /** Takes what the function wrote, in whatever pieces. */
  readonly addLog: (text: string) => void;
  /** Closes the books. A request whose caller hung up may have left a record without an answer. */
  readonly close: (hungUp: number) => Account;
}

/** Secrets by their shape: of STS, of the execution role, and whole tokens. */
const secretShaped = /load-session-|loadSecretAccessKey|executionLoad|eyJ[\w-]+\.eyJ/;

/** Opens the books. */
export function openBooks(): Books {
  const ledger = new Map<string, LedgerEntry>();
  const answers: Answered[] = [];
  const tokenParts = new Set<string>();
  const records = new Map<string, number>();
  const findings: string[] = [];
  let pendingLine = '';
  let [lines, bytes, auditLines] = [0, 0, 0];

  const readLine = (line: string): void => {
    lines += 1;
    if (secretShaped.test(line)) findings.push('a line of the log holds a secret');
    for (const [word] of line.matchAll(/[\w-]{40,}/g))
      if (tokenParts.has(word)) findings.push('a line of the log holds a part of a token');
    let read: { readonly event?: string; readonly request_id?: string };
    try {
      read = JSON.parse(line) as typeof read;
    } catch {
      findings.push('a line of the log is no JSON');
      return;
    }
    if (read.event === undefined) return;
    auditLines += 1;
    const id = read.request_id ?? '';
    records.set(id, (records.get(id) ?? 0) + 1);
  };

  function judgeVend({ vend }: Answered): string | undefined {
    if (vend === undefined) return undefined;
    const entry = ledger.get(vend.sessionToken);
    if (entry === undefined) return 'vended what STS did not make';
    if (entry.isForeign) return 'vended the session of somebody else';
    if (entry.tenant !== vend.tenant) return `crossed: the tag of ${vend.tenant} is ${entry.tenant}`;
    if (entry.sessionName !== `${vend.tenant}@${vend.subject}`) return `crossed: the session ${entry.sessionName}`;
    if (entry.policyTenants.length === 0 || entry.policyTenants.some((tenant) => tenant !== vend.tenant))
      return `crossed: the policy of ${vend.tenant} names ${entry.policyTenants.join(', ') || 'nobody'}`;
    return undefined;
  }

  return {
    addLedger: (entries) => entries.forEach((entry) => ledger.set(entry.sessionToken, entry)),
    addAnswers: (more) => answers.push(...more),
    addTokenParts: (parts) => parts.forEach((part) => tokenParts.add(part)),
    addLog: (text) => {
      bytes += Buffer.byteLength(text);
      const whole = (pendingLine + text).split('\n');
      pendingLine = whole.pop() ?? '';
      whole.forEach(readLine);
    },
    close: (hungUp) => {
      if (pendingLine !== '') findings.push('the log ends in half a line');
      const outcomes: Record<string, number> = {};
      let audited = 0;
      for (const answer of answers) {
        const outcome = `${answer.request}: ${answer.status} ${answer.code}`;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        const wrong = answer.wrong ?? judgeVend(answer);
        if (wrong !== undefined) findings.push(wrong);
        const written = records.get(answer.requestId) ?? 0;
        audited += written;
        if (written !== (answer.isAudited ? 1 : 0)) findings.push(`${answer.request} has ${written} audit lines`);
      }
      if (auditLines - audited > hungUp) findings.push(`${auditLines - audited} audit lines belong to no request`);
      const vends = answers.filter(({ vend }) => vend !== undefined).length;
      return {
        requests: answers.length,
        vends,
        refusals: answers.length - vends,
        sessions: ledger.size,
        auditLines,
        log: { lines, bytes },
        findings,
        outcomes: Object.fromEntries(Object.entries(outcomes).sort(([left], [right]) => left.localeCompare(right))),
      };
    },
  };
}
