# The calls of every client, with boto3: `calls`, or `repeat COUNT PAUSE_MS` of one and the same client.
# One line a call: its name, ok or refused, the text that the SDK gives. It knows nothing of how credentials come.
import os
import sys
import time


def tell(kind, error, _):
    print("make a client\trefused\t" + f"{kind.__name__}: {error}".replace("\n", " "), flush=True)


# A client is made with its credentials, so a refusal may end the program below.
sys.excepthook = tell

# snippet:start
import boto3

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
# snippet:end

# botocore before 1.31 reads no endpoint from environment or profile.
if "TEST_AWS" in os.environ:
    s3 = boto3.client("s3", endpoint_url=os.environ["TEST_AWS"])
    dynamodb = boto3.client("dynamodb", endpoint_url=os.environ["TEST_AWS"])

bucket, table = os.environ["TEST_BUCKET"], os.environ["TEST_TABLE"]


def item(tenant):
    return {"pk": {"S": tenant}, "sk": {"S": "clients"}}


def call(name, run):
    try:
        run()
        print(f"{name}\tok\t", flush=True)
    except Exception as error:
        text = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(f"{name}\trefused\t{text}", flush=True)


def s3_get(tenant):
    return lambda: s3.get_object(Bucket=bucket, Key=f"{tenant}/hello.txt")["Body"].read()


if sys.argv[1] == "repeat":
    for turn in range(int(sys.argv[2])):
        if turn > 0:
            time.sleep(int(sys.argv[3]) / 1000)
        call("s3 get", s3_get("acme"))
else:
    call("s3 put", lambda: s3.put_object(Bucket=bucket, Key="acme/clients.txt", Body=b"python"))
    call("s3 get", s3_get("acme"))
    call("s3 get other", s3_get("globex"))
    call("dynamodb put", lambda: dynamodb.put_item(TableName=table, Item=item("acme")))
    call("dynamodb get", lambda: dynamodb.get_item(TableName=table, Key=item("acme")))
    call("dynamodb get other", lambda: dynamodb.get_item(TableName=table, Key=item("globex")))
