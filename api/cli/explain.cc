// The command explain --mig: asks a server what is waited for, and plans the layouts for it here.
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/http_client.h"
#include "api/cli/mig_census.h"
#include "api/cli/mig_outlook.h"

namespace tangram::api::cli {
namespace {

using scheduler::mig::Census;

absl::StatusOr<Census> AskServer(const std::string& url) {
  const auto http = HttpClient::Create(url);
  if (!http.ok()) return http.status();
  const absl::StatusOr<HttpReply> reply = (*http)->Call("GET", "/mig", "");
  if (!reply.ok()) return reply.status();
  if (reply->status != 200) {
    return absl::FailedPreconditionError(
        absl::StrCat((*http)->url(), "/mig answers HTTP ", reply->status));
  }
  return ParseCensus(reply->body);
}

// Why there is nothing to plan for; empty when there is.
std::string NothingToPlan(const Census& census, size_t outlooks) {
  if (outlooks > 0) return "";
  std::string why;
  if (census.groups.empty()) {
    why = "the server has no node whose cards are cut into MIG instances\n";
  } else if (census.waiting_pods == 0) {
    why = "no pod waits for a MIG instance";
    if (census.gated_pods > 0) {
      absl::StrAppend(&why, " (gated pods do not wait: ", census.gated_pods, ")");
    }
    why += "\n";
  } else {
    why = "no pod waits for an instance that a card here could have\n";
  }
  return why;
}

int Refuse(const std::string& why, int code) {
  std::fprintf(stderr, "tangram explain: %s", why.c_str());
  return code;
}

}  // namespace

int RunExplain(const ExplainCommand& command) {
  const auto census = AskServer(command.url);
  if (!census.ok()) {
    return Refuse(std::string(census.status().message()) + "\n", kExitUsage);
  }
  const auto outlooks = MakeOutlooks(*census);
  if (!outlooks.ok()) {
    return Refuse(std::string(outlooks.status().message()) + "\n", kExitUsage);
  }
  const std::string nothing = NothingToPlan(*census, outlooks->size());
  if (!nothing.empty()) return Refuse(nothing + OutlookTable({}, *census), kExitNo);
  std::string text;
  switch (command.output) {
    case OutputForm::kTable:
      text = OutlookTable(*outlooks, *census);
      break;
    case OutputForm::kJson:
      text = OutlookJson(*outlooks, *census);
      break;
    case OutputForm::kYaml:
      text = OutlookConfiguration(*outlooks);
      break;
  }
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace tangram::api::cli
