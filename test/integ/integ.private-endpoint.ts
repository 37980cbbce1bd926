// Variant: a private REST API, reached through one VPC endpoint alone, and the function inside that VPC with its own way to STS.
// The VPC has no internet: a real issuer needs a NAT gateway or pinned keys (`TokenIssuer.staticJwks`).
import { Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { PermissionSet, TenantAccess, TokenVendingMachine } from '../../lib/index.ts';
import { documentsBucket, environment, issuers, reviewedApp } from './reviewed-app.ts';

const app = reviewedApp();
const stack = new Stack(app, 'TvmIntegPrivateEndpoint', { env: environment() });
const cidr = '10.20.0.0/16';
const vpc = new Vpc(stack, 'Vpc', {
  ipAddresses: IpAddresses.cidr(cidr),
  availabilityZones: [`${stack.region}a`, `${stack.region}b`],
  natGateways: 0,
  subnetConfiguration: [{ name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED }],
  flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs() } },
  // The custom resource behind it would bring a role and a function of its own.
  restrictDefaultSecurityGroup: false,
});
const inside = new SecurityGroup(stack, 'Inside', {
  vpc: vpc as IVpc,
  description: 'HTTPS from the VPC to the endpoints',
  allowAllOutbound: false,
});
inside.addIngressRule(Peer.ipv4(cidr), Port.tcp(443), 'HTTPS from the VPC');
const endpoint = (id: string, service: InterfaceVpcEndpointAwsService) =>
  vpc.addInterfaceEndpoint(id, { service, securityGroups: [inside], open: false });
endpoint('Sts', InterfaceVpcEndpointAwsService.STS);
new TokenVendingMachine(stack, 'Tvm', {
  issuers: issuers(app),
  permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(documentsBucket(stack)))],
  privateEndpoints: [endpoint('Api', InterfaceVpcEndpointAwsService.APIGATEWAY)],
  vpc,
  vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
});
app.synth();
