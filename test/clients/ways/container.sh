export AWS_CONTAINER_CREDENTIALS_FULL_URI=https://YOUR_API/v1/credentials
export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/secrets/tenant-token   # the JWT, no new line at its end
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1                  # Python knows only the second
