// The calls of every client, with the AWS SDK for Go: `calls`, or `repeat COUNT PAUSE_MS` of one and the same client.
// One line a call: its name, ok or refused, the text that the SDK gives. It knows nothing of how credentials come.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	ctx := context.Background()
	// snippet:start
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	s3Client := s3.NewFromConfig(cfg)
	dynamoDB := dynamodb.NewFromConfig(cfg)
	// snippet:end

	bucket, table := aws.String(os.Getenv("TEST_BUCKET")), aws.String(os.Getenv("TEST_TABLE"))
	item := func(tenant string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: tenant},
			"sk": &types.AttributeValueMemberS{Value: "clients"},
		}
	}
	s3Get := func(tenant string) func() error {
		return func() error {
			object, err := s3Client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String(tenant + "/hello.txt")})
			if err != nil {
				return err
			}
			defer object.Body.Close()
			_, err = io.Copy(io.Discard, object.Body)
			return err
		}
	}
	if os.Args[1] == "repeat" {
		count, _ := strconv.Atoi(os.Args[2])
		pause, _ := strconv.Atoi(os.Args[3])
		for turn := range count {
			if turn > 0 {
				time.Sleep(time.Duration(pause) * time.Millisecond)
			}
			call("s3 get", s3Get("acme"))
		}
		return
	}
	call("s3 put", func() error {
		_, err := s3Client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("acme/clients.txt"), Body: strings.NewReader("go")})
		return err
	})
	call("s3 get", s3Get("acme"))
	call("s3 get other", s3Get("globex"))
	call("dynamodb put", func() error {
		_, err := dynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: item("acme")})
		return err
	})
	dynamoDBGet := func(tenant string) func() error {
		return func() error {
			_, err := dynamoDB.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: item(tenant)})
			return err
		}
	}
	call("dynamodb get", dynamoDBGet("acme"))
	call("dynamodb get other", dynamoDBGet("globex"))
}

func call(name string, run func() error) {
	if err := run(); err != nil {
		fmt.Printf("%s\trefused\t%s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Printf("%s\tok\t\n", name)
}
