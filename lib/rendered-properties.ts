// A resource's properties as the template will have them, escape hatches included. `addPropertyOverride` is the usual hatch, and
// it leaves the construct's own members as they were: a check that reads those would see nothing.
import { Stack, type CfnResource } from 'aws-cdk-lib';

/** Plain data; what only the deployment knows is an intrinsic function. */
export function renderedProperties(resource: CfnResource): Readonly<Record<string, unknown>> {
  // How every stack renders its resources; CDK leaves it out of its types only.
  const render: unknown = Reflect.get(resource, '_toCloudFormation');
  if (typeof render !== 'function') throw new TypeError('aws-cdk-lib has changed how resources are rendered');
  const rendered = Stack.of(resource).resolve(Reflect.apply(render, resource, [])) as {
    readonly Resources?: Readonly<Record<string, { readonly Properties?: Readonly<Record<string, unknown>> }>>;
  };
  return Object.values(rendered.Resources ?? {})[0]?.Properties ?? {};
}
