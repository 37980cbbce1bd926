// Local S3: parses, authorises and executes one signed request, in this order and on one value.
import type { Surroundings } from '../account-state.ts';
import { decide, denialReason, denialSubject, toCaller, type Caller, type Need } from '../authorise.ts';
import { AwsRefusal, type HttpAnswer } from '../refusal.ts';
import type { WireRequest } from '../wire/request.ts';
import type { VerifiedSignature } from '../wire/sigv4.ts';
import { executeS3 } from './execute.ts';
import { parseS3 } from './parse.ts';
import { s3Context, toS3Request } from './request.ts';
import { toS3Resources } from './resources.ts';
import type { S3Store } from './store.ts';

/** Answers one signed request. Throws {@link AwsRefusal}. */
export function answerS3(
  wire: WireRequest,
  signature: VerifiedSignature,
  around: Surroundings,
  store: S3Store,
): HttpAnswer {
  const { state } = around;
  const { account } = state;
  const now = around.now();
  const request = toS3Request(wire, signature);
  const resources = toS3Resources(account, s3Context(request, now));
  const { operation, needs } = parseS3(request, { account, resources });
  const caller = toCaller(signature.session, wire.headers, state, now);
  const findDenial = (need: Need): AwsRefusal | undefined => denialOf(caller, need, around);
  for (const need of needs) {
    const denial = findDenial(need);
    if (denial !== undefined) throw denial;
  }
  return executeS3(operation, { store, account, now, findDenial });
}

function denialOf(caller: Caller, need: Need, { state }: Surroundings): AwsRefusal | undefined {
  const decision = decide(caller, state, need);
  if (decision.outcome === 'allowed') return undefined;
  const subject = denialSubject(caller, need, '"');
  return new AwsRefusal('AccessDenied', 403, `${subject} ${denialReason(caller, state, need, decision)}`);
}
