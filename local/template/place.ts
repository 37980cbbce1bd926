// Where local AWS is: one account, one Region. Plans and tests rely on these values; they never name a real account.

/** The account that every template is read into. */
export const localPlace = {
  partition: 'aws',
  accountId: '111122223333',
  region: 'us-east-1',
  urlSuffix: 'amazonaws.com',
} as const;
