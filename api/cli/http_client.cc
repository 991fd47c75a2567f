// See http_client.h. The API client's connection knows all traps of the library already.
#include "api/cli/http_client.h"

#include <utility>

#include "absl/status/status.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/connection.h"
#include "api/kubernetes/watchdog.h"

namespace tangram::api::cli {

HttpClient::HttpClient(std::string url, std::shared_ptr<kubernetes::Watchdog> watchdog,
                       std::unique_ptr<kubernetes::Connection> connection)
    : url_(std::move(url)), watchdog_(std::move(watchdog)), connection_(std::move(connection)) {}

HttpClient::~HttpClient() = default;

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Create(const std::string& url) {
  auto access = std::make_shared<kubernetes::ClusterAccess>();
  if (absl::Status status = kubernetes::ParseServerUrl(url, "--url", *access); !status.ok()) {
    return status;
  }
  access->credentials = kubernetes::MakeTextCredentials({});
  access->origin = "--url";
  std::string shown = access->Url();
  auto watchdog = std::make_shared<kubernetes::Watchdog>();
  auto connection =
      std::make_unique<kubernetes::Connection>(std::move(access), watchdog, "tangram");
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::move(shown), std::move(watchdog), std::move(connection)));
}

absl::StatusOr<HttpReply> HttpClient::Call(const std::string& method, const std::string& path,
                                           const std::string& body,
                                           std::chrono::milliseconds deadline) {
  kubernetes::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!body.empty()) request.content_type = "application/json";
  const kubernetes::Connection::Limits limits = {std::chrono::steady_clock::now() + deadline,
                                                 kAnswerBytesMax};
  kubernetes::Reply reply = connection_->Exchange(request, limits);
  // A server may have closed the idle connection; the request was not read then.
  if (reply.outcome == kubernetes::Outcome::kNotSent && reply.cut) {
    reply = connection_->Exchange(request, limits);
  }
  if (reply.outcome != kubernetes::Outcome::kAnswered) {
    return absl::UnavailableError(reply.error);
  }
  return HttpReply{reply.status, std::move(reply.body)};
}

}  // namespace tangram::api::cli
