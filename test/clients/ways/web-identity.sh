export AWS_WEB_IDENTITY_TOKEN_FILE=/run/secrets/tenant-token
export AWS_ROLE_ARN=arn:aws:iam::111122223333:role/YOUR_TENANT_ACCESS_ROLE
export AWS_ROLE_SESSION_NAME=acme   # the AWS CLI keeps credentials by role and this name, not by token
export AWS_ENDPOINT_URL_STS=https://YOUR_API/sts
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
