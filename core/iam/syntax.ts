// What every part of the policy language needs to refuse: the two errors and the check for a JSON object.

/** A document that IAM would refuse, or that uses something we do not know; carries where and why. */
export class PolicySyntaxError extends Error {
  override readonly name = 'PolicySyntaxError';
}

/** A condition that cannot be decided for this request (several values for a single-valued key, a number that is none). */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

/** Narrows to a plain JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
