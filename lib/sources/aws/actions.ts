/** An API action that a source calls, on what, and why: policies and documents are made from this list. */
export interface SourceAction {
  /** `service:Action`, as IAM spells it. */
  readonly action: string;
  /** ARN patterns below `arn:<partition>:`, or `*` where the action knows no resources. */
  readonly resources: readonly string[];
  readonly why: string;
}

/** What the listing of a source calls in each region. All of it only reads. */
export const SOURCE_ACTIONS: Readonly<Record<'acm' | 'apigateway', readonly SourceAction[]>> = {
  acm: [
    {
      action: 'acm:ListCertificates',
      resources: ['*'],
      why: 'every certificate with its status and dates; the action knows no resources',
    },
    {
      action: 'acm:DescribeCertificate',
      resources: ['acm:*:*:certificate/*'],
      why: 'what uses a certificate, and how its renewal stands',
    },
    {
      action: 'acm:GetCertificate',
      resources: ['acm:*:*:certificate/*'],
      why: 'the certificate and its chain; never the private key',
    },
    {
      action: 'acm:ListTagsForCertificate',
      resources: ['acm:*:*:certificate/*'],
      why: 'whose it is, where rules of ownership name tags; not called otherwise',
    },
  ],
  apigateway: [
    {
      action: 'apigateway:GET',
      resources: ['apigateway:*::/domainnames', 'apigateway:*::/clientcertificates'],
      why: 'custom domains with their truststores, and the client certificates for backends',
    },
  ],
};

/** What reading a truststore takes: on the objects, and on the bucket so that "missing" and "denied" are told apart. */
export const TRUSTSTORE_ACTIONS = {
  object: ['s3:GetObject', 's3:GetObjectVersion'],
  bucket: ['s3:ListBucket'],
} as const;
