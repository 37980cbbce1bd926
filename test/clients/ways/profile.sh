tvm configure acme --url https://YOUR_API --token-file /run/secrets/tenant-token --region us-east-1
export AWS_PROFILE=acme
