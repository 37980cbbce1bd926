// An estimate of STS's packed policy size. STS compresses policy, ARNs and tags into a form it does not publish and refuses
// over 100 %, so this can only be calibrated; it never decides, it warns.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

/** Characters per percent. Tags pack far worse than policy text: six tags of about 270 characters were reported to take
 * between 37 and 74 % (aws/containers-roadmap issue 2413). */
const policyCharactersPerPercent = 25;
const tagCharactersPerPercent = 5;

/** Estimated percent of the packed size. `characters` counts policy text and policy ARNs. */
export function estimatePackedPercent(input: {
  readonly characters: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}): number {
  const tagCharacters = input.tags.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  return Math.ceil(input.characters / policyCharactersPerPercent + tagCharacters / tagCharactersPerPercent);
}
