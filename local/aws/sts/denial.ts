// How local STS denies: one sentence that names no policy, and beside it the encoded reason, which only a caller with
// sts:DecodeAuthorizationMessage can have decoded. An unknown role reads like a forbidden one in both.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
import type { Decision } from '../../../core/iam/index.ts';
import { decide, denialSubject, type Caller, type Need } from '../authorise.ts';
import type { Surroundings } from '../account-state.ts';
import { AwsRefusal } from '../refusal.ts';
import { encodeAuthorizationMessage, type Denied } from './authorization-message.ts';

/** An AccessDenied of STS. */
export class StsDenial extends AwsRefusal {
  readonly encodedMessage: string;

  constructor(message: string, encodedMessage: string) {
    super('AccessDenied', 403, message);
    this.encodedMessage = encodedMessage;
  }
}

/** A denial with its encoded message. `text` is what the caller reads. */
export function toDenial(text: string, denied: Denied): StsDenial {
  return new StsDenial(text, encodeAuthorizationMessage(denied));
}

/** Lets a caller through who has this permission. Throws {@link StsDenial}. */
export function requirePermission(caller: Caller, need: Need, { state }: Pick<Surroundings, 'state'>): void {
  const decision = decide(caller, state, need);
  if (decision.outcome !== 'allowed') throw deniedCaller(caller, need, decision);
}

/** The denial of a signed caller. `decision` is undefined where there is nothing to decide about, such as an unknown role. */
export function deniedCaller(caller: Caller, need: Need, decision: Decision | undefined): StsDenial {
  const { userId: id, sessionArn: arn } = caller.session;
  return toDenial(denialSubject(caller, need, ''), {
    principal: { id, arn },
    need,
    context: { ...caller.context, ...need.context },
    decision,
  });
}

/** What no policy can grant: the kind of credentials decides. */
export function wrongCredentials(action: string): AwsRefusal {
  return new AwsRefusal('AccessDenied', 403, `Cannot call ${action} with session credentials`);
}
