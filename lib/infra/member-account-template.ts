import { stringify } from 'yaml';
import { MEMBER_ROLE } from '../config/deployment.ts';
import { SOURCE_ACTIONS, TRUSTSTORE_ACTIONS } from '../sources/aws/actions.ts';

const HEAD = `# The read-only role by which NotAfter watches this account. Deploy it in every member account, by hand or as a StackSet:
#   aws cloudformation deploy --template-file member-account.yaml --stack-name notafter-reader \\
#     --capabilities CAPABILITY_NAMED_IAM --parameter-overrides MonitorAccount=111122223333 ExternalId=a-secret-of-yours
# Made by scripts/member-template.ts from the list of what the sources call; do not edit it by hand.
`;

/** The CloudFormation template of the role in a member account, from the same list of actions as the monitor's own. */
export function memberAccountTemplate(): string {
  const sources = [...SOURCE_ACTIONS.acm, ...SOURCE_ACTIONS.apigateway].map(({ action, resources }) => ({
    Effect: 'Allow',
    Action: action,
    Resource: resources.map((resource) => (resource === '*' ? '*' : arn(resource))),
  }));
  const truststores = {
    'Fn::If': [
      'HasTruststores',
      {
        Effect: 'Allow',
        Action: [...TRUSTSTORE_ACTIONS.object, ...TRUSTSTORE_ACTIONS.bucket],
        Resource: [
          arn(`s3:::${filledIn('TruststoreBucket')}`),
          arn(`s3:::${filledIn('TruststoreBucket')}/*`),
        ],
      },
      { Ref: 'AWS::NoValue' },
    ],
  };
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'NotAfter: the read-only role by which certificates of this account are watched',
    Parameters: {
      MonitorAccount: {
        Type: 'String',
        AllowedPattern: '^\\d{12}$',
        Description: 'The account that NotAfter is deployed in',
      },
      ExternalId: {
        Type: 'String',
        MinLength: 2,
        NoEcho: true,
        Description: 'The same as aws.accounts[].externalId in notafter.config.yaml',
      },
      TruststoreBucket: {
        Type: 'String',
        Default: '',
        Description: 'The bucket with the truststores of this account; empty where there is none',
      },
    },
    Conditions: { HasTruststores: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'TruststoreBucket' }, ''] }] } },
    Resources: {
      Reader: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: MEMBER_ROLE,
          Description: 'Read by NotAfter: ACM, API Gateway, truststores',
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: arn(`iam::${filledIn('MonitorAccount')}:root`) },
                Action: 'sts:AssumeRole',
                Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
              },
            ],
          },
          Policies: [
            {
              PolicyName: 'Read',
              PolicyDocument: { Version: '2012-10-17', Statement: [...sources, truststores] },
            },
          ],
        },
      },
    },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Reader', 'Arn'] } } },
  };
  return `${HEAD}${stringify(template, { lineWidth: 118 })}`;
}

/** What CloudFormation puts in for a parameter. */
function filledIn(name: string): string {
  return `\${${name}}`;
}

/** In whatever partition the role is created. */
function arn(rest: string): object {
  return { 'Fn::Sub': `arn:${filledIn('AWS::Partition')}:${rest}` };
}
