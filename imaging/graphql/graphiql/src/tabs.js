// The operations that a newcomer finds in the first tabs.
const list = `# The newest pictures, each with a srcset that works in a page.
query Pictures {
  images(first: 12) {
    nodes {
      id
      filename
      width
      height
      placeholder {
        dataUri
        dominantColor
      }
      srcset(widths: [320, 640, 1280], transform: { format: AUTO }) {
        src
        srcset
        sizes
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const upload = (address) => `# A file travels beside the operation, which GraphiQL cannot send. In a terminal:
#
#   curl ${address} \\
#     -H "Authorization: Bearer $(imaging token --role editor)" \\
#     -H 'GraphQL-Require-Preflight: 1' \\
#     -F operations='{"query": "mutation Upload($file: Upload!) { uploadImages(input: { files: [{ file: $file }] }) { results { filename outcome image { id url } userErrors { code message } } } }", "variables": {"file": null}}' \\
#     -F map='{"0": ["variables.file"]}' \\
#     -F 0=@photograph.jpg
mutation Upload($file: Upload!) {
  uploadImages(input: { files: [{ file: $file }] }) {
    results {
      filename
      outcome
      image {
        id
        url
      }
      userErrors {
        code
        message
      }
    }
  }
}
`;

const search = `# Forgives typing errors: try a word with a letter missing.
query Search {
  searchImages(query: "harbuor", facets: [TAGS, FORMAT], first: 10) {
    totalCount
    edges {
      score
      highlights {
        field
        html
      }
      node {
        id
        title
        filename
        url(transform: { width: 480 })
      }
    }
    facets {
      field
      values {
        value
        count
      }
    }
  }
}
`;

const events = `# Run this, then upload or change a picture.
subscription Events {
  imageEvents {
    __typename
    cursor
    kind
    image {
      id
      filename
      state
    }
  }
}
`;

const server = `# What this installation can do, and who you are.
query About {
  server {
    version
  }
  viewer {
    name
    role
  }
}
`;

export const tabs = (endpoint) => [list, upload(new URL(endpoint, location.href).href), search, events, server];
