#include "api/cli/simulate/page.h"

#include "absl/strings/str_cat.h"
#include "api/cli/simulate/page_style.h"
#include "api/cli/simulate/sheet.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {

using model::ToAbsl;

std::string Page(std::string_view kicker, std::string_view title, std::string_view lede,
                 std::string_view body) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
      "<meta name=\"color-scheme\" content=\"light dark\">\n",
      // Without it a browser asks the server for an icon.
      "<link rel=\"icon\" href=\"data:,\">\n<title>", HtmlText(title), "</title>\n<style>",
      ToAbsl(kPageStyle), "</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"kicker\">",
      HtmlText(kicker), "</p>\n<h1>", HtmlText(title), "</h1>\n<p class=\"lede\">", ToAbsl(lede),
      "</p>\n</header>\n", ToAbsl(body), "</main>\n</body>\n</html>\n");
}

std::string Section(std::string_view heading, std::string_view note, std::string_view body) {
  return absl::StrCat("<section>\n<h2>", HtmlText(heading), "</h2>\n",
                      note.empty() ? "" : absl::StrCat("<p>", HtmlText(note), "</p>\n"),
                      ToAbsl(body), "</section>\n");
}

std::string KeyFigures(const std::vector<KeyFigure>& figures) {
  std::string html = "<dl class=\"key\">\n";
  for (const KeyFigure& figure : figures) {
    absl::StrAppend(&html, "<div><dt>", HtmlText(figure.label), "</dt><dd>", HtmlText(figure.value),
                    "<small>", HtmlText(figure.unit), "</small></dd></div>\n");
  }
  return absl::StrCat(html, "</dl>\n");
}

}  // namespace tangram::api::cli::simulate
