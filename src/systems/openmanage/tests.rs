//! Files of OpenManage Enterprise.
