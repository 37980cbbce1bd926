// The calls of every client, with the AWS SDK for Java: `calls`, or `repeat COUNT PAUSE_MS` of one and the same client.
// One line a call: its name, ok or refused, the text that the SDK gives. It knows nothing of how credentials come.
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.S3Client;

public final class Calls {
  private static final String BUCKET = System.getenv("TEST_BUCKET");
  private static final String TABLE = System.getenv("TEST_TABLE");

  public static void main(String[] arguments) throws InterruptedException {
    // snippet:start
    S3Client s3 = S3Client.create();
    DynamoDbClient dynamoDb = DynamoDbClient.create();
    // snippet:end
    if (arguments[0].equals("repeat")) {
      for (int turn = 0; turn < Integer.parseInt(arguments[1]); turn++) {
        if (turn > 0) Thread.sleep(Long.parseLong(arguments[2]));
        call("s3 get", () -> get(s3, "acme"));
      }
      return;
    }
    call("s3 put", () -> s3.putObject(put -> put.bucket(BUCKET).key("acme/clients.txt"), RequestBody.fromString("java")));
    call("s3 get", () -> get(s3, "acme"));
    call("s3 get other", () -> get(s3, "globex"));
    call("dynamodb put", () -> dynamoDb.putItem(put -> put.tableName(TABLE).item(item("acme"))));
    call("dynamodb get", () -> dynamoDb.getItem(get -> get.tableName(TABLE).key(item("acme"))));
    call("dynamodb get other", () -> dynamoDb.getItem(get -> get.tableName(TABLE).key(item("globex"))));
  }

  private static void get(S3Client s3, String tenant) {
    s3.getObjectAsBytes(get -> get.bucket(BUCKET).key(tenant + "/hello.txt"));
  }

  private static Map<String, AttributeValue> item(String tenant) {
    return Map.of("pk", AttributeValue.fromS(tenant), "sk", AttributeValue.fromS("clients"));
  }

  private static void call(String name, Runnable run) {
    try {
      run.run();
      System.out.println(name + "\tok\t");
    } catch (RuntimeException error) {
      String code = error instanceof AwsServiceException service ? service.awsErrorDetails().errorCode() + " " : "";
      System.out.println(name + "\trefused\t" + code + String.valueOf(error).replace('\n', ' '));
    }
  }
}
