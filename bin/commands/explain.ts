// tvm explain: why a request is allowed or denied: token, tenant, permission set, both walls, the deciding statement. Asks the
// machine what it would vend, and the app what the role may do; vends nothing.
import { existsSync } from 'node:fs';
import { postDocument } from '../../client/vend.ts';
import { evaluate, principalOf, type Decision, type PolicyDocument } from '../../core/index.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { CommandError, exitCodes, print, readStandardInput, text, type Command, type Values } from './command.ts';
import { readSource } from './source.ts';
import { readTarget, targetOptions, targetUsage } from './target.ts';

interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** What the command prints as JSON. */
interface Explanation {
  readonly outcome: Decision['outcome'];
  readonly token: Readonly<Record<string, unknown>>;
  readonly question: Question;
  readonly walls: { readonly session: Decision; readonly role?: Decision };
}

export const explain: Command = {
  summary: "why a request is allowed or denied to the token's tenant",
  usage: `  tvm explain --action s3:GetObject --resource arn:aws:s3:::bucket/key [--context KEY=VALUE]
  … 2>&1 | tvm explain                    takes an AccessDenied text on standard input

${targetUsage}
  --action A, --resource R, --context KEY=VALUE
  --template FILE        a synthesised template or cdk.out, for the role's policy; default: the app of this folder
  --json                 as JSON`,
  options: {
    ...targetOptions,
    action: { type: 'string' },
    resource: { type: 'string' },
    context: { type: 'string', multiple: true },
    template: { type: 'string' },
  },
  run: async (values) => {
    const question = await readQuestion(values);
    const target = await readTarget(values);
    const body = {
      ...question,
      ...(target.permissionSet === undefined ? {} : { permissionSet: target.permissionSet }),
    };
    const answer = await postDocument(target, '/v1/explain', body);
    if (!isRecord(answer) || !isRecord(answer['Decision'])) {
      throw new CommandError(
        exitCodes.configuration,
        `${target.url} gave no decision`,
        'it needs "explain": true in its configuration',
      );
    }
    const { Decision: session, ...token } = answer;
    const role = await decideByRole(values, answer, question);
    const walls = { session: session as unknown as Decision, ...(role === undefined ? {} : { role }) };
    const explanation: Explanation = { outcome: combine(walls), token, question, walls };
    print(values['json'] === true ? JSON.stringify(explanation) : renderText(explanation));
    return exitCodes.ok;
  },
};

async function readQuestion(values: Values): Promise<Question> {
  const [action, resource] = [text(values, 'action'), text(values, 'resource')];
  if (action !== undefined && resource !== undefined) return { action, resource, context: readContext(values) };
  if (action !== undefined || resource !== undefined)
    throw new CommandError(exitCodes.usage, 'a request has an action and a resource', 'tvm explain --help');
  if (process.stdin.isTTY)
    throw new CommandError(
      exitCodes.usage,
      'there is nothing to explain',
      '--action s3:GetObject --resource arn:aws:s3:::bucket/key',
    );
  return { ...parseAccessDenied(await readStandardInput()), context: readContext(values) };
}

/** AWS's own words: `… is not authorized to perform: s3:GetObject on resource: "arn:…" because …`. */
function parseAccessDenied(message: string): { readonly action: string; readonly resource: string } {
  const [, action, resource] =
    /not authorized to perform: ([\w-]+:\w+) on resource: "?((?:arn:[^\s"]+)|\*)"?/.exec(message) ?? [];
  if (action !== undefined && resource !== undefined) return { action, resource };
  throw new CommandError(
    exitCodes.usage,
    'standard input holds no AccessDenied text of AWS',
    'paste the whole message, or use --action and --resource',
  );
}

function readContext(values: Values): Question['context'] {
  const given = values['context'];
  if (!Array.isArray(given)) return {};
  return Object.fromEntries(
    (given as readonly string[]).map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
}

/** Wall two, where the app is at hand. */
async function decideByRole(
  values: Values,
  answer: Readonly<Record<string, unknown>>,
  question: Question,
): Promise<Decision | undefined> {
  if (text(values, 'template') === undefined && !existsSync('cdk.json')) return undefined;
  const { roles = {} } = await readSource(values);
  const { RoleArn: roleArn, RoleSessionName: sessionName, Tags: tags } = answer;
  if (typeof roleArn !== 'string' || typeof sessionName !== 'string' || !Object.hasOwn(roles, roleArn))
    return undefined;
  const role: readonly PolicyDocument[] = roles[roleArn]!;
  const { context, ...request } = question;
  return evaluate({
    policies: { role },
    principal: principalOf(roleArn, sessionName, tags as Readonly<Record<string, string>>),
    request: { ...request, context },
  });
}

function combine({ session, role }: Explanation['walls']): Decision['outcome'] {
  const outcomes = [session.outcome, ...(role === undefined ? [] : [role.outcome])];
  return (
    (['explicitly-denied', 'implicitly-denied'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'allowed'
  );
}

function renderText({ outcome, token, question, walls }: Explanation): string {
  const line = (name: string, value: string): string => `${name.padEnd(16)}${value}`;
  return [
    line('request', `${question.action} on ${question.resource}`),
    line('token', `accepted, of ${String(token['Issuer'])}, ends ${String(token['TokenExpiration'])}`),
    line('tenant', `${String(token['Tenant'])}, subject ${String(token['Subject'])}`),
    line('permission set', `${String(token['PermissionSet'])}, session ${String(token['RoleSessionName'])}`),
    ...renderWall('session policy', walls.session),
    ...(walls.role === undefined
      ? [line('role policy', 'not known here; run this beside the app or with --template')]
      : renderWall('role policy', walls.role)),
    line('outcome', outcome.replace('-', ' ')),
  ].join('\n');
}

function renderWall(name: string, { outcome, decidedBy, reasons }: Decision): readonly string[] {
  const head = `${name.padEnd(16)}${outcome.replace('-', ' ')}${decidedBy === undefined ? '' : ` by ${placeOf(decidedBy)}: ${decidedBy.detail}`}`;
  // What the open layer of the other wall says is no news here.
  const misses =
    outcome === 'allowed' ? [] : reasons.filter(({ result, layer }) => result !== 'matched' && layer !== 'resource');
  const near = misses.map((reason) => `${' '.repeat(16)}${placeOf(reason)}: ${reason.detail}`);
  return [
    head,
    ...(near.length === 0 && decidedBy === undefined ? [`${' '.repeat(16)}no statement names the action`] : near),
  ];
}

function placeOf({ sid, statement, document }: Decision['reasons'][number]): string {
  return sid ?? `statement ${statement ?? 0}${document === 0 ? '' : ` of policy ${document}`}`;
}
