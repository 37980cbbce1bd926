// The CDK app: the example stack. Change the issuer, or replace the stack with your own.
//   npx cdk deploy -c issuer=https://login.example.com/ -c audience=my-api
import { App } from 'aws-cdk-lib';
import { DocumentsStack } from '../examples/documents/documents-stack.ts';

const app = new App();

function context(name: string, placeholder: string): string {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' ? value : placeholder;
}

new DocumentsStack(app, 'TokenVendingMachine', {
  issuer: context('issuer', 'https://idp.example.com/'),
  audience: context('audience', 'api'),
});
