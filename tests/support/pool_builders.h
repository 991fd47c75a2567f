// Short ways to write nodes that count only, in tests.
#ifndef TESTS_SUPPORT_POOL_BUILDERS_H_
#define TESTS_SUPPORT_POOL_BUILDERS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/node.h"
#include "model/pool.h"

namespace tangram::testing {

inline model::Pool MakePool(const std::string& resource, int64_t count,
                            model::PoolKind kind = model::PoolKind::kWholeCard,
                            int64_t replicas = 1) {
  model::Pool pool;
  pool.resource = resource;
  pool.count = count;
  pool.kind = kind;
  pool.replicas = replicas;
  pool.memory = model::Mebibytes(81920);
  pool.product = "NVIDIA-A100-SXM4-80GB";
  const std::string mig = "nvidia.com/mig-";
  if (resource.rfind(mig, 0) == 0) pool.profile = resource.substr(mig.size());
  return pool;
}

// The pools must be in the order of their names.
inline model::NodeSpec MakePoolNode(const std::string& name, std::vector<model::Pool> pools) {
  model::NodeSpec spec;
  spec.name = name;
  spec.pools = std::move(pools);
  return spec;
}

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_POOL_BUILDERS_H_
