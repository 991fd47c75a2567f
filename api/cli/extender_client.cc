// See extender_client.h.
#include "api/cli/extender_client.h"

#include <set>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using nlohmann::json;

constexpr size_t kShownMax = 300;

// The answer of a POST as JSON, if kube-scheduler would have read it.
absl::StatusOr<json> Post(HttpClient& http, const std::string& verb, const json& body) {
  // Names and texts of manifests may hold anything; what is no UTF-8 is replaced.
  const std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);
  const absl::StatusOr<HttpReply> reply = http.Call("POST", "/" + verb, text);
  if (!reply.ok()) return reply.status();
  if (reply->status != 200) {
    const std::string shown(absl::StripAsciiWhitespace(reply->body.substr(0, kShownMax)));
    return absl::FailedPreconditionError(absl::StrCat("HTTP ", reply->status, " ", shown));
  }
  json answer = json::parse(reply->body, nullptr, false);
  if (answer.is_discarded()) {
    return absl::FailedPreconditionError("the answer is no JSON");
  }
  return answer;
}

json ExtenderArgs(const PodManifest& pod, const std::vector<std::string>& nodes) {
  return {{"Pod", pod.object}, {"Nodes", nullptr}, {"NodeNames", nodes}};
}

absl::Status Malformed(const json::exception& error) {
  return absl::FailedPreconditionError(absl::StrCat("malformed answer: ", error.what()));
}

// A map of node to text; null and absent are empty.
std::map<std::string, std::string> Reasons(const json& answer, const char* key) {
  if (!answer.contains(key) || answer.at(key).is_null()) return {};
  return answer.at(key).get<std::map<std::string, std::string>>();
}

absl::Status CheckError(const json& answer) {
  const std::string error = answer.value("Error", "");
  return error.empty() ? absl::OkStatus() : absl::FailedPreconditionError(error);
}

std::vector<std::string> FittingNames(const json& answer) {
  if (answer.contains("NodeNames") && answer.at("NodeNames").is_array()) {
    return answer.at("NodeNames").get<std::vector<std::string>>();
  }
  std::vector<std::string> names;
  if (answer.contains("Nodes") && answer.at("Nodes").is_object()) {
    for (const json& node : answer.at("Nodes").at("items")) {
      names.push_back(node.at("metadata").at("name").get<std::string>());
    }
  }
  return names;
}

}  // namespace

absl::StatusOr<FilterAnswer> ExtenderClient::Filter(const PodManifest& pod,
                                                    const std::vector<std::string>& nodes) {
  const absl::StatusOr<json> answer = Post(http_, "filter", ExtenderArgs(pod, nodes));
  if (!answer.ok()) return answer.status();
  try {
    if (absl::Status status = CheckError(*answer); !status.ok()) return status;
    FilterAnswer result;
    result.fitting = FittingNames(*answer);
    result.failed = Reasons(*answer, "FailedNodes");
    result.unresolvable = Reasons(*answer, "FailedAndUnresolvableNodes");
    const std::set<std::string> offered(nodes.begin(), nodes.end());
    for (const std::string& name : result.fitting) {
      if (!offered.contains(name)) {
        return absl::FailedPreconditionError(
            absl::StrCat("the answer names node ", name, ", which was not offered"));
      }
    }
    return result;
  } catch (const json::exception& error) {
    return Malformed(error);
  }
}

absl::StatusOr<std::vector<HostScore>> ExtenderClient::Prioritize(
    const PodManifest& pod, const std::vector<std::string>& nodes) {
  const absl::StatusOr<json> answer = Post(http_, "prioritize", ExtenderArgs(pod, nodes));
  if (!answer.ok()) return answer.status();
  try {
    std::vector<HostScore> scores;
    for (const json& entry : *answer) {
      scores.push_back({entry.at("Host").get<std::string>(), entry.at("Score").get<int64_t>()});
    }
    return scores;
  } catch (const json::exception& error) {
    return Malformed(error);
  }
}

absl::Status ExtenderClient::Bind(const PodManifest& pod, const std::string& node) {
  const json body = {
      {"PodName", pod.name}, {"PodNamespace", pod.name_space}, {"PodUID", pod.uid}, {"Node", node}};
  const absl::StatusOr<json> answer = Post(http_, "bind", body);
  if (!answer.ok()) return answer.status();
  try {
    return CheckError(*answer);
  } catch (const json::exception& error) {
    return Malformed(error);
  }
}

std::string ChooseNode(const std::vector<std::string>& nodes,
                       const std::vector<HostScore>& scores) {
  std::map<std::string, int64_t> totals;
  for (const std::string& node : nodes) totals[node] = 0;
  for (const HostScore& score : scores) {
    const auto found = totals.find(score.host);
    if (found != totals.end()) found->second += score.score;
  }
  auto best = totals.begin();
  for (auto it = totals.begin(); it != totals.end(); ++it) {
    if (it->second > best->second) best = it;
  }
  return best->first;
}

}  // namespace tangram::api::cli
