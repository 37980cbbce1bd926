// The two ways to speak to STS, for tests that must hold for both: the SDK's is the oracle of the direct one.
import type { OpenSts } from '../../../lambda/sts/connection.ts';
import { openDirectConnection } from '../../../lambda/sts/direct-connection.ts';
import { openSdkConnection } from '../../../lambda/sts/sdk-connection.ts';

export const connections: readonly (readonly [string, OpenSts])[] = [
  ['direct', openDirectConnection],
  ["SDK's", openSdkConnection],
];
