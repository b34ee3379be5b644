#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

struct HttpAnswer {
    int status = 0;                                          ///< 0: no answer came (refused, cut off)
    std::map<std::string, std::string, std::less<>> headers; ///< names in lower case
    std::string body;                                        ///< as it came, not unpacked
    [[nodiscard]] std::string_view header(std::string_view name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

/// libcurl, a client that is not ours. One thread at a time; keeps its connection.
class HttpClient {
  public:
    /// `base` is the server's address; `key` a bearer key or empty.
    explicit HttpClient(std::string base, std::string key = {});
    ~HttpClient();
    HttpClient(const HttpClient &) = delete;
    HttpClient &operator=(const HttpClient &) = delete;

    using Headers = std::vector<std::string>; ///< "Name: value"
    HttpAnswer get(std::string_view path, const Headers &headers = {});
    HttpAnswer head(std::string_view path, const Headers &headers = {});
    HttpAnswer post(std::string_view path, std::string_view body, const Headers &headers = {});

  private:
    HttpAnswer perform(std::string_view path, const Headers &headers);
    struct Handle;
    std::unique_ptr<Handle> m_handle;
    std::string m_base;
    std::string m_key;
};

} // namespace keyaki::test
