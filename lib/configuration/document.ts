// From props to the configuration document. Translates and decides nothing: the parser of core judges the result.
import type { PermissionSetInput, VendingConfigInput } from '../../core/index.ts';
import type { TokenVendingMachineProps } from '../token-vending-machine-props.ts';

/** The document that the function will parse; strings may hold CDK tokens. `roleArns` is by permission set. */
export function toDocument(props: TokenVendingMachineProps, roleArns: ReadonlyMap<string, string>): VendingConfigInput {
  const permissionSets: Record<string, PermissionSetInput> = Object.fromEntries(
    props.permissionSets.map((set) => [set.name, set.toConfiguration(roleArns.get(set.name) ?? '')]),
  );
  const session = {
    ...(props.tenantTagKey === undefined ? {} : { tenantTagKey: props.tenantTagKey }),
    ...(props.sessionDuration === undefined ? {} : { durationSeconds: props.sessionDuration.toSeconds() }),
    ...(props.sourceIdentity === false ? { sourceIdentity: 'none' as const } : {}),
    ...(props.capToTokenExpiry === undefined ? {} : { capToTokenExpiry: props.capToTokenExpiry }),
    ...(props.sessionTags === undefined ? {} : { tags: props.sessionTags }),
  };
  return {
    issuers: props.issuers.map(({ configuration }) => configuration),
    permissionSets,
    ...(props.defaultPermissionSet === undefined ? {} : { defaultPermissionSet: props.defaultPermissionSet }),
    ...(props.tenantIdFormat === undefined ? {} : { tenantId: props.tenantIdFormat.grammar }),
    ...(Object.keys(session).length === 0 ? {} : { session }),
    ...(props.stsFallbackRegion === undefined ? {} : { sts: { fallbackRegion: props.stsFallbackRegion } }),
    ...(props.credentialCacheSize === undefined ? {} : { cache: { maxEntries: props.credentialCacheSize } }),
    ...(props.explain === undefined ? {} : { explain: props.explain }),
    ...(props.corsOrigins === undefined ? {} : { cors: { origins: [...props.corsOrigins] } }),
  };
}
