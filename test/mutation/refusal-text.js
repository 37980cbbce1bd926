// A Stryker ignorer: the words of a refusal. Tests assert the code of an error, never its sentence, and two sentences with one
// code are one answer to every caller. What chooses between errors, and every other string, is still mutated.

/** What takes the sentence of an error: error classes, and the functions of ours that throw or report one. */
const speaking = new Set([
  'TvmError',
  'PolicySyntaxError',
  'ConditionError',
  'StrictJsonError',
  'OverlapTooLargeError',
  'TypeError',
  'refuse',
  'undecidable',
  'report',
]);

/** The first argument is a code or a JSON pointer here, and that is behaviour. */
const firstIsBehaviour = new Set(['TvmError', 'report']);

function isSentence(path) {
  if (!path.isStringLiteral() && !path.isTemplateLiteral() && !path.isObjectExpression()) return false;
  const argument = path.findParent(
    (parent) => parent.parentPath?.isCallExpression() || parent.parentPath?.isNewExpression(),
  );
  const own = path.parentPath?.isCallExpression() || path.parentPath?.isNewExpression() ? path : argument;
  const call = own?.parentPath;
  if (call === undefined || call === null || own.listKey !== 'arguments') return false;
  const name = call.node.callee.name;
  if (!speaking.has(name)) return false;
  return !(firstIsBehaviour.has(name) && own.key === 0);
}

/** `describe` of core/tenant.ts words what was wrong with a tenant, for the audit record. */
function isDescription(path) {
  return path.isFunctionDeclaration() && path.node.id?.name === 'describe';
}

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'refusal-text',
    value: {
      shouldIgnore: (path) =>
        isSentence(path) || isDescription(path) ? 'the words of a refusal are no behaviour' : undefined,
    },
  },
];
