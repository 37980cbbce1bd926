// What synth says and does not refuse: settings that work and that somebody will regret.
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TokenVendingMachineProps } from './token-vending-machine-props.ts';

/** Seconds: 15 minutes, in which SDKs refresh, over a served life of some minutes. */
const shortestComfortableSession = 1260;

/** Warns about issuers whose tenants users may choose, and about sessions that SDKs would renew at every call. */
export function warnAbout(props: TokenVendingMachineProps, scope: Construct): void {
  for (const { configuration, warnings } of props.issuers) {
    for (const warning of warnings) {
      Annotations.of(scope).addWarningV2(`token-vending-machine:issuer:${configuration.name}`, `${warning}.`);
    }
  }
  for (const { name, props: set } of props.permissionSets) {
    if (set.maxDuration === undefined || set.maxDuration.toSeconds() >= shortestComfortableSession) continue;
    Annotations.of(scope).addWarningV2(
      `token-vending-machine:short-session:${name}`,
      `Permission set ${name} ends sessions after ${set.maxDuration.toSeconds()} s: SDKs in Python and .NET ask again below 15 minutes, so each call becomes a vend. Allow at least ${shortestComfortableSession} s.`,
    );
  }
}
