// The projected token of a pod, read anew each time because the kubelet rotates it. Never the pod's token for the cluster's own API:
// whoever is sent that one can act as the pod in the cluster.
// @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
import { existsSync, readFileSync } from 'node:fs';
import { CommandError, exitCodes } from '../commands/command.ts';
import { decodeToken } from '../commands/decode.ts';

/** Where the volume of docs/command-line.md puts it. */
export const projectedTokenFile = '/var/run/secrets/tvm/token';
const clusterTokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The audiences of the cluster's own API, as clusters name them; by default it is the issuer itself. */
const clusterAudience =
  /^(?:https:\/\/)?kubernetes\.default\.svc(?:\.|$)|^https:\/\/container\.googleapis\.com\/|^k3s$/;

/** Reads it. Throws a token error. The files are arguments for tests. */
export function kubernetesToken(file = projectedTokenFile, clusterFile = clusterTokenFile): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const where = existsSync(clusterFile)
      ? `this pod has no token at ${file}, only the one for the cluster's API, which must not leave it`
      : `there is no token at ${file}`;
    throw new CommandError(
      exitCodes.token,
      where,
      'mount a projected serviceAccountToken with an audience of the machine there, or --token-file FILE',
      cause,
    );
  }
  refuseClusterToken(token, file);
  return token;
}

function refuseClusterToken(token: string, file: string): void {
  const { aud, iss } = decodeToken(token).claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.some((one) => typeof one === 'string' && (one === iss || clusterAudience.test(one))))
    throw new CommandError(
      exitCodes.token,
      `the token at ${file} is for the cluster's API: sent elsewhere, it would let others act as this pod`,
      'set audience in the projected serviceAccountToken to one of the machine',
    );
}
