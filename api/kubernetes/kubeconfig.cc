#include "api/kubernetes/kubeconfig.h"

#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/kubernetes/exec_credential.h"
#include "api/kubernetes/proxy.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace tangram::api::kubernetes {
namespace {

using model::ToAbsl;

absl::Status Bad(std::string_view where, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(where), ": ", ToAbsl(what)));
}

// A mapping of some kubeconfig, with all that an error message about it has to say.
struct Section {
  YAML::Node node;
  std::string file;
  std::string field;  // "users[1].user"

  std::string Where(std::string_view key = "") const {
    return absl::StrCat(file, ": ", field, key.empty() ? "" : ".", ToAbsl(key));
  }
  bool Has(const char* key) const { return node[key].IsDefined() && !node[key].IsNull(); }
  absl::StatusOr<std::string> Text(const char* key) const {
    if (!Has(key)) return std::string();
    if (node[key].IsScalar()) return node[key].Scalar();
    return Bad(Where(key), "must be a string");
  }
  absl::StatusOr<bool> Flag(const char* key) const {
    absl::StatusOr<std::string> text = Text(key);
    if (!text.ok()) return text.status();
    if (text->empty() || *text == "false") return false;
    if (*text == "true") return true;
    return Bad(Where(key), absl::StrCat("\"", *text, "\"; allowed: true, false"));
  }
  // A path as it stands in the file, made absolute by the file's folder.
  std::string Path(const std::string& path) const {
    return (std::filesystem::absolute(file).parent_path() / path).lexically_normal().string();
  }
};

struct File {
  std::string path;
  YAML::Node root;
};

absl::StatusOr<std::vector<File>> ReadFiles(const std::string& path) {
  std::vector<std::string> paths;
  const char* list = std::getenv("KUBECONFIG");
  const char* home = std::getenv("HOME");
  const bool is_list = path.empty() && list != nullptr && *list != '\0';
  if (!path.empty()) {
    paths = {path};
  } else if (is_list) {
    paths = absl::StrSplit(list, ':', absl::SkipEmpty());
  } else if (home != nullptr) {
    paths = {absl::StrCat(home, "/.kube/config")};
  }
  std::vector<File> files;
  absl::Status missing =
      absl::NotFoundError("no kubeconfig: none was named, and neither KUBECONFIG nor HOME is set");
  for (const std::string& name : paths) {
    absl::StatusOr<std::string> text =
        TextSource::File(name, "kubeconfig")->Get(std::chrono::system_clock::now());
    if (!text.ok()) {
      missing = text.status();
      if (is_list && absl::IsNotFound(missing)) continue;
      return missing;
    }
    YAML::Node root = YAML::Load(*text);
    if (root.IsNull()) continue;
    if (!root.IsMap()) return Bad(name, "is no kubeconfig: it holds no mapping");
    files.push_back({name, root});
  }
  if (files.empty()) return missing;
  return files;
}

// The entry called `name` in the list `plural`, e.g. "users"; its content is under `singular`.
absl::StatusOr<Section> Find(const std::vector<File>& files, const char* plural,
                             const char* singular, const std::string& name) {
  std::string known;
  for (const File& file : files) {
    const YAML::Node list = file.root[plural];
    if (!list.IsDefined() || list.IsNull()) continue;
    if (!list.IsSequence()) return Bad(absl::StrCat(file.path, ": ", plural), "must be a list");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string field = absl::StrCat(plural, "[", i, "]");
      const YAML::Node entry = list[i];
      if (!entry.IsMap() || !entry["name"].IsDefined() || !entry["name"].IsScalar()) {
        return Bad(absl::StrCat(file.path, ": ", field), "must be a mapping with a name");
      }
      absl::StrAppend(&known, known.empty() ? "" : ", ", entry["name"].Scalar());
      if (entry["name"].Scalar() != name) continue;
      Section out{entry[singular], file.path, absl::StrCat(field, ".", singular)};
      if (out.node.IsDefined() && out.node.IsMap()) return out;
      return Bad(out.Where(), "must be a mapping");
    }
  }
  return absl::NotFoundError(absl::StrCat(files.front().path, ": no ", singular, " \"", name,
                                          "\" under ", plural,
                                          "; there are: ", known.empty() ? "none" : known));
}

absl::StatusOr<std::string> ContextName(const std::vector<File>& files, const std::string& asked) {
  if (!asked.empty()) return asked;
  for (const File& file : files) {
    const YAML::Node current = file.root["current-context"];
    if (!current.IsDefined() || current.IsNull()) continue;
    if (!current.IsScalar()) {
      return Bad(absl::StrCat(file.path, ": current-context"), "must be a string");
    }
    if (!current.Scalar().empty()) return current.Scalar();
  }
  return Bad(absl::StrCat(files.front().path, ": current-context"),
             "is empty and no context was named");
}

// PEM from `<key>-data` (base64), else from the file under `key`, else null.
absl::StatusOr<std::shared_ptr<TextSource>> Pem(const Section& section, const std::string& key) {
  const std::string data_key = key + "-data";
  absl::StatusOr<std::string> data = section.Text(data_key.c_str());
  if (!data.ok()) return data.status();
  if (!data->empty()) {
    std::string pem;
    if (!absl::Base64Unescape(*data, &pem) || pem.find("-----BEGIN") == std::string::npos) {
      return Bad(section.Where(data_key), "must be base64 of PEM text");
    }
    return TextSource::Fixed(std::move(pem));
  }
  absl::StatusOr<std::string> path = section.Text(key.c_str());
  if (!path.ok()) return path.status();
  if (path->empty()) return std::shared_ptr<TextSource>();
  auto source = TextSource::File(section.Path(*path), section.Where(key));
  if (auto text = source->Get(std::chrono::system_clock::now()); !text.ok()) return text.status();
  return source;
}

absl::Status RefuseKeys(const Section& section, const std::vector<const char*>& keys,
                        std::string_view instead) {
  for (const char* key : keys) {
    if (section.Has(key)) {
      return absl::UnimplementedError(
          absl::StrCat(section.Where(key), ": is not supported; ", ToAbsl(instead)));
    }
  }
  return absl::OkStatus();
}

// Of the cluster, else of the environment.
absl::Status ReadProxy(const Section& cluster, ClusterAccess& access) {
  absl::StatusOr<std::string> url = cluster.Text("proxy-url");
  if (!url.ok()) return url.status();
  if (url->empty()) {
    auto found = ProxyFromEnvironment(access);
    if (!found.ok()) return found.status();
    access.proxy = *std::move(found);
    return absl::OkStatus();
  }
  absl::StatusOr<Proxy> proxy = ParseProxyUrl(*url, cluster.Where("proxy-url"));
  if (!proxy.ok()) return proxy.status();
  access.proxy = *std::move(proxy);
  return absl::OkStatus();
}

absl::Status ReadCluster(const Section& cluster, ClusterAccess& access) {
  absl::StatusOr<std::string> server = cluster.Text("server");
  if (!server.ok()) return server.status();
  if (server->empty()) return Bad(cluster.Where("server"), "is missing");
  if (absl::Status s = ParseServerUrl(*server, cluster.Where("server"), access); !s.ok()) return s;
  absl::StatusOr<bool> insecure = cluster.Flag("insecure-skip-tls-verify");
  if (!insecure.ok()) return insecure.status();
  access.insecure_skip_tls_verify = *insecure;
  absl::StatusOr<std::string> name = cluster.Text("tls-server-name");
  if (!name.ok()) return name.status();
  access.tls_server_name = *std::move(name);
  absl::StatusOr<std::shared_ptr<TextSource>> ca = Pem(cluster, "certificate-authority");
  if (!ca.ok()) return ca.status();
  if (*ca != nullptr && access.insecure_skip_tls_verify) {
    return Bad(cluster.Where("insecure-skip-tls-verify"),
               "true contradicts certificate-authority; give one of them");
  }
  access.ca = *std::move(ca);
  return ReadProxy(cluster, access);
}

// exec.args and exec.env.
absl::Status ReadExecLists(const Section& exec, ProcessSpec& process) {
  for (const YAML::Node& argument : exec.node["args"]) {
    if (!argument.IsScalar()) return Bad(exec.Where("args"), "must be a list of strings");
    process.arguments.push_back(argument.Scalar());
  }
  for (const YAML::Node& variable : exec.node["env"]) {
    if (!variable.IsMap() || !variable["name"].IsDefined() || !variable["name"].IsScalar() ||
        !variable["value"].IsDefined() || !variable["value"].IsScalar()) {
      return Bad(exec.Where("env"), "must be a list of mappings with name and value");
    }
    process.variables.emplace_back(variable["name"].Scalar(), variable["value"].Scalar());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ClusterInfo(const ClusterAccess& access) {
  nlohmann::json info = {{"server", access.Url()},
                         {"insecure-skip-tls-verify", access.insecure_skip_tls_verify}};
  if (!access.tls_server_name.empty()) info["tls-server-name"] = access.tls_server_name;
  if (access.ca != nullptr) {
    absl::StatusOr<std::string> pem = access.ca->Get(std::chrono::system_clock::now());
    if (!pem.ok()) return pem.status();
    info["certificate-authority-data"] = absl::Base64Escape(*pem);
  }
  return info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<std::shared_ptr<CredentialSource>> ReadExec(const Section& user,
                                                           const ClusterAccess& access) {
  const Section exec{user.node["exec"], user.file, user.field + ".exec"};
  if (!exec.node.IsMap()) return Bad(exec.Where(), "must be a mapping");
  ExecPlugin plugin;
  plugin.origin = exec.Where();
  std::string mode;
  const std::pair<const char*, std::string*> texts[] = {{"apiVersion", &plugin.api_version},
                                                        {"command", &plugin.process.program},
                                                        {"installHint", &plugin.install_hint},
                                                        {"interactiveMode", &mode}};
  for (const auto& [key, into] : texts) {
    absl::StatusOr<std::string> text = exec.Text(key);
    if (!text.ok()) return text.status();
    *into = *std::move(text);
  }
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return Bad(exec.Where("apiVersion"),
               absl::StrCat("\"", plugin.api_version,
                            "\"; allowed: client.authentication.k8s.io/v1, .../v1beta1"));
  }
  if (plugin.process.program.empty()) return Bad(exec.Where("command"), "is missing");
  if (mode == "Always") {
    return absl::UnimplementedError(
        absl::StrCat(exec.Where("interactiveMode"),
                     ": \"Always\" is not supported; allowed: Never, IfAvailable"));
  }
  if (!mode.empty() && mode != "Never" && mode != "IfAvailable") {
    return Bad(exec.Where("interactiveMode"),
               absl::StrCat("\"", mode, "\"; allowed: Never, IfAvailable"));
  }
  // A bare name is looked for in PATH; a path is relative to the kubeconfig.
  if (plugin.process.program.find('/') != std::string::npos) {
    plugin.process.program = exec.Path(plugin.process.program);
  }
  if (absl::Status s = ReadExecLists(exec, plugin.process); !s.ok()) return s;
  absl::StatusOr<bool> with_cluster = exec.Flag("provideClusterInfo");
  if (!with_cluster.ok()) return with_cluster.status();
  if (*with_cluster) {
    absl::StatusOr<std::string> info = ClusterInfo(access);
    if (!info.ok()) return info.status();
    plugin.cluster_json = *std::move(info);
  }
  return MakeExecCredentials(std::move(plugin));
}

absl::StatusOr<std::shared_ptr<CredentialSource>> ReadUser(const Section& user,
                                                           const ClusterAccess& access) {
  absl::Status refused =
      RefuseKeys(user, {"auth-provider", "username", "password"},
                 "allowed: token, tokenFile, client-certificate with client-key, exec");
  if (!refused.ok()) return refused;
  refused = RefuseKeys(user, {"as", "as-uid", "as-groups", "as-user-extra"},
                       "give the credentials of the user that is meant");
  if (!refused.ok()) return refused;
  if (user.Has("exec")) return ReadExec(user, access);

  TextCredentials parts;
  absl::StatusOr<std::shared_ptr<TextSource>> certificate = Pem(user, "client-certificate");
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::shared_ptr<TextSource>> key = Pem(user, "client-key");
  if (!key.ok()) return key.status();
  if ((*certificate == nullptr) != (*key == nullptr)) {
    return Bad(user.Where(*key == nullptr ? "client-key" : "client-certificate"),
               "is missing; certificate and key belong together");
  }
  parts.certificate = *std::move(certificate);
  parts.key = *std::move(key);

  absl::StatusOr<std::string> token_file = user.Text("tokenFile");
  if (!token_file.ok()) return token_file.status();
  absl::StatusOr<std::string> token = user.Text("token");
  if (!token.ok()) return token.status();
  std::string token_field = "token";
  if (!token_file->empty()) {
    token_field = "tokenFile";
    parts.token = TextSource::File(user.Path(*token_file), user.Where(token_field));
  } else if (!token->empty()) {
    parts.token = TextSource::Fixed(*token);
  }
  if (parts.token != nullptr) {
    absl::StatusOr<std::string> text = parts.token->Get(std::chrono::system_clock::now());
    if (!text.ok()) return text.status();
    absl::StatusOr<std::string> checked = CheckToken(*text, user.Where(token_field));
    if (!checked.ok()) return checked.status();
  }
  return MakeTextCredentials(std::move(parts));
}

absl::StatusOr<std::shared_ptr<const ClusterAccess>> Load(const std::string& path,
                                                          const std::string& context_name) {
  absl::StatusOr<std::vector<File>> files = ReadFiles(path);
  if (!files.ok()) return files.status();
  absl::StatusOr<std::string> name = ContextName(*files, context_name);
  if (!name.ok()) return name.status();
  absl::StatusOr<Section> context = Find(*files, "contexts", "context", *name);
  if (!context.ok()) return context.status();
  std::string names[3];
  const char* const keys[3] = {"cluster", "user", "namespace"};
  for (int i = 0; i < 3; ++i) {
    absl::StatusOr<std::string> text = context->Text(keys[i]);
    if (!text.ok()) return text.status();
    names[i] = *std::move(text);
  }
  auto access = std::make_shared<ClusterAccess>();
  absl::StatusOr<Section> cluster = Find(*files, "clusters", "cluster", names[0]);
  if (!cluster.ok()) return cluster.status();
  if (absl::Status s = ReadCluster(*cluster, *access); !s.ok()) return s;
  if (names[1].empty()) {
    access->credentials = MakeTextCredentials({});
  } else {
    absl::StatusOr<Section> user = Find(*files, "users", "user", names[1]);
    if (!user.ok()) return user.status();
    absl::StatusOr<std::shared_ptr<CredentialSource>> credentials = ReadUser(*user, *access);
    if (!credentials.ok()) return credentials.status();
    access->credentials = *std::move(credentials);
  }
  if (!names[2].empty()) access->name_space = names[2];
  access->origin = absl::StrCat("kubeconfig ", files->front().path, ", context ", *name);
  return std::shared_ptr<const ClusterAccess>(std::move(access));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ClusterAccess>> LoadKubeconfig(const std::string& path,
                                                                    const std::string& context) {
  try {
    return Load(path, context);
  } catch (const YAML::Exception& e) {
    return Bad(path.empty() ? "kubeconfig" : path, absl::StrCat("is no valid YAML: ", e.what()));
  }
}

}  // namespace tangram::api::kubernetes
