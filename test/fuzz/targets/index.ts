// Every fuzz target there is, one per parser.
import type { Target } from '../target.ts';
import { configurationTargets } from './configuration.ts';
import { httpTargets } from './http.ts';
import { iamNameTargets } from './iam-names.ts';
import { iamPolicyTargets } from './iam-policies.ts';
import { jsonTargets } from './json.ts';
import { stsTargets } from './sts.ts';
import { templateTargets } from './templates.ts';
import { tokenTargets } from './token.ts';
import { wireTargets } from './wire.ts';

export const targets: readonly Target[] = [
  ...jsonTargets,
  ...tokenTargets,
  ...iamNameTargets,
  ...iamPolicyTargets,
  ...configurationTargets,
  ...templateTargets,
  ...httpTargets,
  ...stsTargets,
  ...wireTargets,
];
