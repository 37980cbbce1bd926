// The control of the variants' test: an app with one fault for each reviewer. If it passes, nobody looks.
import { Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { reviewedApp } from './reviewed-app.ts';

const app = reviewedApp();
const stack = new Stack(app, 'Faulty');
// cdk-nag: no TLS demanded, no access log.
new Bucket(stack, 'Open');
// CloudFormation's rules: Lambda refuses a variable of one letter.
new CfnFunction(stack, 'Function', {
  code: { zipFile: 'exports.handler = async () => {}' },
  handler: 'index.handler',
  role: 'arn:aws:iam::111122223333:role/x',
  runtime: 'nodejs24.x',
  environment: { variables: { A: 'too short' } },
});
app.synth();
