// The resource policy of a private API: everybody who comes through one of its VPC endpoints, nobody else.
import type { IInterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** The policy; callers hold tokens, not AWS credentials, so the network is all it can tell them by.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html#apigateway-resource-policies-source-vpc-example */
export function privateApiPolicy(endpoints: readonly IInterfaceVpcEndpoint[]): PolicyDocument {
  const statement = {
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/*'],
    principals: [new AnyPrincipal()],
  };
  return new PolicyDocument({
    statements: [
      new PolicyStatement(statement),
      new PolicyStatement({
        ...statement,
        effect: Effect.DENY,
        conditions: { StringNotEquals: { 'aws:SourceVpce': endpoints.map(({ vpcEndpointId }) => vpcEndpointId) } },
      }),
    ],
  });
}
