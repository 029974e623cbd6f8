const systems: Readonly<Record<string, string>> = { linux: "Linux", darwin: "macOS", win32: "Windows" };
const architectures: Readonly<Record<string, string>> = {
  x64: "X64",
  arm64: "ARM64",
  ia32: "X86",
  arm: "ARM",
};

/** The variables of a job that a step finds, for a run of an invented repository; the step's own `env` goes over them. */
export function jobEnvironment(eventPath: string): Record<string, string> {
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "__run",
    GITHUB_ACTOR: "local",
    GITHUB_API_URL: "https://api.github.com",
    GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_GRAPHQL_URL: "https://api.github.com/graphql",
    GITHUB_JOB: "local",
    GITHUB_REF: "refs/heads/main",
    GITHUB_REF_NAME: "main",
    GITHUB_REF_PROTECTED: "false",
    GITHUB_REF_TYPE: "branch",
    GITHUB_REPOSITORY: "example/app",
    GITHUB_REPOSITORY_OWNER: "example",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_RUN_ID: "1",
    GITHUB_RUN_NUMBER: "1",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_SHA: "0".repeat(40),
    GITHUB_TRIGGERING_ACTOR: "local",
    GITHUB_WORKFLOW: "local",
    GITHUB_WORKFLOW_REF: "example/app/.github/workflows/local.yml@refs/heads/main",
    RUNNER_ARCH: architectures[process.arch] ?? process.arch.toUpperCase(),
    RUNNER_ENVIRONMENT: "self-hosted",
    RUNNER_NAME: "local",
    RUNNER_OS: systems[process.platform] ?? process.platform,
  };
}
