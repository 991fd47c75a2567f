// What a kubeconfig may say, and what is said about one that is wrong.
#include "api/kubernetes/kubeconfig.h"

#include <chrono>
#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/kubernetes/certificates.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::kubernetes {
namespace {

using tangram::testing::TempDir;
using ::testing::HasSubstr;

constexpr char kConfig[] = R"(
apiVersion: v1
kind: Config
current-context: main
contexts:
- name: other
  context: {cluster: second, user: nobody}
- name: main
  context: {cluster: first, user: me, namespace: team}
clusters:
- name: first
  cluster:
    server: https://api.example:6443/prefix
    certificate-authority: pki/ca.crt
    tls-server-name: kubernetes
- name: second
  cluster: {server: "http://127.0.0.1:8001"}
users:
- name: me
  user: USER
- name: nobody
  user: {}
preferences: {colors: true}
)";

WallTime Now() { return std::chrono::system_clock::now(); }

class KubeconfigTest : public ::testing::Test {
 protected:
  KubeconfigTest() {
    std::filesystem::create_directory(dir_.File("pki"));
    dir_.Write("pki/ca.crt", "-----BEGIN CERTIFICATE-----");
  }
  // A kubeconfig whose user "me" is `user` (YAML).
  std::string With(const std::string& user) {
    return dir_.Write("config", absl::StrReplaceAll(kConfig, {{"USER", user}}));
  }
  std::string ErrorOf(const std::string& user) {
    const auto access = LoadKubeconfig(With(user), "");
    EXPECT_FALSE(access.ok()) << user;
    return std::string(access.status().message());
  }
  TempDir dir_;
};

TEST_F(KubeconfigTest, TheCurrentContextIsRead) {
  const auto access = LoadKubeconfig(With("{token: abc}"), "");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->Url(), "https://api.example:6443/prefix");
  EXPECT_EQ((*access)->tls_server_name, "kubernetes");
  EXPECT_EQ((*access)->name_space, "team");
  EXPECT_EQ((*access)->ca->Get(Now()).value(), "-----BEGIN CERTIFICATE-----");
  EXPECT_EQ((*access)->credentials->BearerToken(Now()).value(), "abc");
  EXPECT_EQ((*access)->credentials->Certificate(Now())->certificate_pem, "");
}

TEST_F(KubeconfigTest, ANamedContextWinsAndAUserMayBeEmpty) {
  const auto access = LoadKubeconfig(With("{token: abc}"), "other");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->Url(), "http://127.0.0.1:8001");
  EXPECT_EQ((*access)->credentials->BearerToken(Now()).value(), "");
  EXPECT_EQ((*access)->ca, nullptr);
}

TEST_F(KubeconfigTest, TokenFileWinsOverTokenAndIsReadAgain) {
  dir_.Write("tok", "from-file\n");
  const auto access = LoadKubeconfig(With("{token: abc, tokenFile: tok}"), "");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->credentials->BearerToken(Now()).value(), "from-file");
  dir_.Write("tok", "rotated");
  EXPECT_EQ((*access)->credentials->BearerToken(Now() + std::chrono::minutes(2)).value(),
            "rotated");
}

TEST_F(KubeconfigTest, CertificateDataWinsOverFiles) {
  const testing::Certificate me("me", "", nullptr);
  dir_.Write("c.pem", "file certificate");
  dir_.Write("k.pem", "file key");
  const auto files = LoadKubeconfig(With("{client-certificate: ./c.pem, client-key: k.pem}"), "");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ((*files)->credentials->Certificate(Now())->certificate_pem, "file certificate");
  EXPECT_EQ((*files)->credentials->Certificate(Now())->key_pem, "file key");
  const auto data = LoadKubeconfig(
      With(absl::StrCat(
          "{client-certificate: c.pem, client-certificate-data: ", absl::Base64Escape(me.Pem()),
          ", client-key-data: ", absl::Base64Escape(me.KeyPem()), "}")),
      "");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->credentials->Certificate(Now())->certificate_pem, me.Pem());
  EXPECT_EQ((*data)->credentials->Certificate(Now())->key_pem, me.KeyPem());
}

TEST_F(KubeconfigTest, TheFirstDefinitionInAListOfFilesWins) {
  dir_.Write("a", "current-context: x\nusers: [{name: u, user: {token: first}}]\n");
  dir_.Write("b",
             "current-context: y\n"
             "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
             "clusters: [{name: c, cluster: {server: 'https://b'}}]\n"
             "users: [{name: u, user: {token: second}}]\n");
  ::setenv("KUBECONFIG",
           absl::StrCat(dir_.File("missing"), ":", dir_.File("a"), ":", dir_.File("b")).c_str(), 1);
  const auto access = LoadKubeconfig("", "");
  ::setenv("KUBECONFIG", dir_.File("missing").c_str(), 1);
  const auto none = LoadKubeconfig("", "");
  ::unsetenv("KUBECONFIG");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->Url(), "https://b:443");
  EXPECT_EQ((*access)->credentials->BearerToken(Now()).value(), "first");
  EXPECT_TRUE(absl::IsNotFound(none.status())) << none.status();
}

TEST_F(KubeconfigTest, HomeIsTheLastResort) {
  ::unsetenv("KUBECONFIG");
  const std::string home = ::getenv("HOME") == nullptr ? "" : ::getenv("HOME");
  ::setenv("HOME", dir_.path().c_str(), 1);
  std::filesystem::create_directory(dir_.File(".kube"));
  std::filesystem::rename(With("{token: at-home}"), dir_.File(".kube/config"));
  std::filesystem::rename(dir_.File("pki"), dir_.File(".kube/pki"));
  const auto access = LoadKubeconfig("", "");
  ::setenv("HOME", home.c_str(), 1);
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->credentials->BearerToken(Now()).value(), "at-home");
}

TEST_F(KubeconfigTest, WhatCannotBeHonouredIsRefusedByName) {
  for (const char* key :
       {"username", "password", "auth-provider", "as", "as-uid", "as-groups", "as-user-extra"}) {
    const auto access = LoadKubeconfig(With(absl::StrCat("{token: t, ", key, ": x}")), "");
    EXPECT_TRUE(absl::IsUnimplemented(access.status())) << key;
    EXPECT_THAT(std::string(access.status().message()),
                HasSubstr(absl::StrCat("users[0].user.", key, ": is not supported")));
  }
  const std::string path = dir_.Write(
      "proxy",
      absl::StrReplaceAll(
          kConfig, {{"USER", "{}"}, {"tls-server-name: kubernetes", "proxy-url: socks5://proxy"}}));
  EXPECT_THAT(std::string(LoadKubeconfig(path, "").status().message()),
              HasSubstr(path + ": clusters[0].cluster.proxy-url: proxies of socks5:// are not"));
}

TEST_F(KubeconfigTest, ErrorsNameFileFieldValueAndWhatIsAllowed) {
  struct Case {
    const char* user;
    const char* text;
  };
  for (const Case& c : {
           Case{"{token: [1]}", "config: users[0].user.token: must be a string"},
           Case{"{token: \"a\\nb\"}", "config: users[0].user.token: character 2 has code 10"},
           Case{"{tokenFile: nowhere}", "config: users[0].user.tokenFile: cannot read file \""},
           Case{"{client-certificate: nowhere}", "client-certificate: cannot read file"},
           Case{"{client-certificate: pki/ca.crt}", "users[0].user.client-key: is missing"},
           Case{"{client-key: pki/ca.crt}", "users[0].user.client-certificate: is missing"},
           Case{"{client-key-data: '%%%'}", "client-key-data: must be base64 of PEM text"},
           Case{"{client-key-data: aGVsbG8=}", "client-key-data: must be base64 of PEM text"},
           Case{"{exec: 5}", "users[0].user.exec: must be a mapping"},
           Case{"{exec: {command: x}}", "exec.apiVersion: \"\"; allowed: client.authentication"},
           Case{"{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}",
                "exec.apiVersion: \"client.authentication.k8s.io/v1alpha1\"; allowed"},
           Case{"{exec: {apiVersion: client.authentication.k8s.io/v1}}",
                "exec.command: is missing"},
           Case{"{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, "
                "interactiveMode: Always}}",
                "exec.interactiveMode: \"Always\" is not supported; allowed: Never, IfAvailable"},
           Case{"{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, env: [{a: b}]}}",
                "exec.env: must be a list of mappings"},
           Case{"{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, "
                "provideClusterInfo: maybe}}",
                "exec.provideClusterInfo: \"maybe\"; allowed: true, false"},
           Case{"7", "users[0].user: must be a mapping"},
       }) {
    EXPECT_THAT(ErrorOf(c.user), HasSubstr(c.text)) << c.user;
  }
}

TEST_F(KubeconfigTest, WholeFilesThatAreWrong) {
  struct Case {
    const char* text;
    const char* error;
  };
  for (const Case& c : {
           Case{"a: [", "is no valid YAML"},
           Case{"- 1", "is no kubeconfig"},
           Case{"", "config"},
           Case{"clusters: []", "current-context: is empty and no context was named"},
           Case{"current-context: [x]", "current-context: must be a string"},
           Case{"current-context: x", "no context \"x\" under contexts; there are: none"},
           Case{"current-context: x\ncontexts: [{name: y}, {name: z}]", "there are: y, z"},
           Case{"current-context: x\ncontexts: {}", "contexts: must be a list"},
           Case{"current-context: x\ncontexts: [5]", "contexts[0]: must be a mapping with a name"},
           Case{"current-context: x\ncontexts: [{name: x}]",
                "contexts[0].context: must be a mapping"},
           Case{"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
                "no cluster \"c\" under clusters"},
           Case{"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
                "clusters: [{name: c, cluster: {}}]",
                "clusters[0].cluster.server: is missing"},
           Case{"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
                "clusters: [{name: c, cluster: {server: 'ftp://x'}}]",
                "clusters[0].cluster.server: \"ftp://x\": the scheme"},
           Case{"current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
                "clusters: [{name: c, cluster: {server: 'https://x'}}]",
                "no user \"u\" under users"},
           Case{"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
                "clusters: [{name: c, cluster: {server: 'https://x', "
                "certificate-authority-data: LS0tLS1CRUdJTg==, insecure-skip-tls-verify: true}}]",
                "insecure-skip-tls-verify: true contradicts certificate-authority"},
       }) {
    const auto access = LoadKubeconfig(dir_.Write("config", c.text), "");
    EXPECT_FALSE(access.ok()) << c.text;
    EXPECT_THAT(std::string(access.status().message()), HasSubstr(c.error)) << c.text;
  }
  EXPECT_THAT(std::string(LoadKubeconfig(dir_.File("absent"), "").status().message()),
              HasSubstr("cannot read file \"" + dir_.File("absent")));
}

}  // namespace
}  // namespace tangram::api::kubernetes
