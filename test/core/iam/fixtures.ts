// One caller for the evaluator's tests: an assumed-role session of the documents role, asking for one object.
import type { Decision, EvaluationInput, PolicyDocument, PolicyStatement } from '../../../core/iam/index.ts';

export const roleArn = 'arn:aws:iam::111122223333:role/documents';
export const sessionArn = 'arn:aws:sts::111122223333:assumed-role/documents/acme@alice';

export function principalWith(tags: Readonly<Record<string, string>> = {}): EvaluationInput['principal'] {
  return { arn: roleArn, sessionArn, accountId: '111122223333', tags };
}

export function documentOf(statement: PolicyStatement | readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statement };
}

export const allowAll = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' });

/** A document in the version of a vector: absent means 2012-10-17, null means without Version. */
export function documentInVersion(
  statement: PolicyStatement | readonly PolicyStatement[],
  version: string | null = '2012-10-17',
): PolicyDocument {
  return { ...(version === null ? {} : { Version: version }), Statement: statement };
}

export const readObject = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/t/acme/k' } as const;

export type Outcome = Decision['outcome'];
